// The cards of the nodes. A card lives as long as its node, so that focus and charts survive each answer.

import { byId, clock, count, duration, h, plural, setAttribute, setText, showFault, since, Sparkline, announce } from './dom.js';
import { openDrain, openResume } from './operations.js';

const transports = [
  ['webSockets', 'WebSockets', 'ws'],
  ['serverSentEvents', 'Server-Sent Events', 'sse'],
  ['longPolling', 'Long polling', 'poll'],
  ['negotiated', 'Negotiated', 'wait'],
];

const cards = new Map();

/** One word for what counts: how it is with new connections. */
export function statusOf(node) {
  if (node.state === 'removed' || node.state === 'staging') {
    return node.state;
  }

  const bad = node.health?.active === 'unhealthy' || node.health?.passive === 'unhealthy';
  if (node.state === 'draining') {
    return bad ? 'down' : 'draining';
  }

  return node.online ? 'online' : 'down';
}

export function showNodes(nodes) {
  showFault(byId('nodes-fault'), null);
  const host = byId('nodes');
  const seen = new Set();
  for (const node of nodes) {
    const key = `${node.cluster}\n${node.name}\n${node.state === 'removed'}`;
    seen.add(key);
    let card = cards.get(key);
    if (!card) {
      card = new Card(node);
      cards.set(key, card);
    }

    card.show(node);
    if (host.children[seen.size - 1] !== card.element) {
      host.insertBefore(card.element, host.children[seen.size - 1] ?? null);
    }
  }

  for (const [key, card] of cards) {
    if (!seen.has(key)) {
      card.element.remove();
      cards.delete(key);
    }
  }

  host.classList.remove('stale');
}

/** The last known state stays visible, marked as old. */
export function showNodesFault(reason) {
  byId('nodes').classList.add('stale');
  showFault(byId('nodes-fault'), `The nodes cannot be read: ${reason}. What is shown may be old.`);
}

class Card {
  #status = null;
  #drainFrom = 0;
  #drainSince = null;

  constructor(node) {
    this.node = node;
    this.name = h('h3', {}, node.name);
    this.badge = h('span', { class: 'badge' });
    this.address = h('p', { class: 'soft address' });
    this.total = h('strong');
    this.chartHost = h('div', { class: 'chart' });
    this.chart = new Sparkline(this.chartHost);
    this.counts = new Map(transports.map(([key, label, kind]) => [key, { dd: h('dd'), label, kind }]));
    this.capacity = h('progress', { 'aria-label': 'Used capacity' });
    this.capacityText = h('span');
    this.capacityRow = h('div', { class: 'measure' }, h('span', { class: 'soft' }, 'Capacity'), this.capacity, this.capacityText);
    this.drain = h('progress', { class: 'drain', max: '1', 'aria-label': 'Progress of the drain' });
    this.drainText = h('span');
    this.drainRow = h('div', { class: 'measure' }, h('span', { class: 'soft' }, 'Drained'), this.drain, this.drainText);
    this.drainMore = h('p', { class: 'soft drain-more' });
    this.health = h('p', { class: 'health' });
    this.error = h('p', { class: 'fault' });
    this.facts = h('p', { class: 'soft' });
    this.button = h('button', { type: 'button' });
    this.button.addEventListener('click', () => this.node.draining ? openResume(this.node.name) : openDrain(this.node.name));
    this.element = h('article', { class: 'card node', 'data-node': node.name },
      h('div', { class: 'bar' }, this.name, this.badge),
      this.address,
      h('div', { class: 'load' }, h('div', {}, this.total, h('span', { class: 'soft' }, ' live')), this.chartHost),
      h('dl', { class: 'transports' }, [...this.counts.values()].map(({ dd, label, kind }) => h('div', { 'data-transport': kind }, h('dt', {}, label), dd))),
      this.capacityRow, this.drainRow, this.drainMore, this.health, this.error, this.facts,
      h('div', { class: 'buttons' }, this.button));
  }

  show(node) {
    this.node = node;
    const status = statusOf(node);
    if (this.#status !== null && this.#status !== status) {
      announce(`Node ${node.name} is ${status}.`);
    }

    this.#status = status;
    setAttribute(this.element, 'data-status', status);
    setText(this.badge, status);
    setText(this.address, [node.address, node.endpointType === 'secondary' ? 'secondary' : null, node.cluster === 'gateway' ? null : node.cluster].filter(Boolean).join(' · '));
    this.#showLoad(node);
    this.#showDrain(node);
    this.#showHealth(node);
    const gone = node.state === 'removed';
    this.button.hidden = gone;
    setText(this.button, node.draining ? 'Resume' : 'Drain');
    setAttribute(this.button, 'aria-label', `${node.draining ? 'Resume' : 'Drain'} node ${node.name}`);
  }

  #showLoad(node) {
    const connections = node.connections ?? {};
    setText(this.total, count(connections.total));
    this.chart.add(connections.total ?? 0);
    for (const [key, { dd }] of this.counts) {
      setText(dd, count(connections[key]));
    }

    this.capacityRow.hidden = !(node.capacity > 0);
    if (node.capacity > 0) {
      const used = Math.max(connections.total ?? 0, node.reported?.clientConnectionCount ?? 0);
      this.capacity.max = node.capacity;
      this.capacity.value = used;
      setAttribute(this.capacity, 'data-level', used >= node.capacity ? 'bad' : used >= node.capacity * .8 ? 'warn' : 'good');
      setText(this.capacityText, `${count(used)} of ${count(node.capacity)}`);
    }
  }

  #showDrain(node) {
    const drain = node.draining;
    this.drainRow.hidden = this.drainMore.hidden = !drain;
    if (!drain) {
      this.#drainSince = null;
      return;
    }

    if (this.#drainSince !== drain.since) {
      this.#drainSince = drain.since;
      this.#drainFrom = 0;
    }

    // The API says what remains; what there was at most is remembered here.
    this.#drainFrom = Math.max(this.#drainFrom, drain.remaining);
    this.drain.value = this.#drainFrom === 0 ? 1 : 1 - drain.remaining / this.#drainFrom;
    setText(this.drainText, `${plural(drain.remaining, 'id')} left`);
    const left = (Date.parse(drain.deadline) - Date.now()) / 1000;
    const end = drain.remaining === 0 ? 'empty' : left > 0 ? `${duration(left)} to the deadline` : 'the deadline is over';
    setText(this.drainMore, `${drain.mode}, for ${since(drain.since)}; ${end}`);
  }

  #showHealth(node) {
    const health = node.health ?? {};
    const requests = health.passive === 'unknown' ? null : `real requests say ${health.passive}`; // they speak up when they fail
    setText(this.health, [health.active === 'unknown' ? 'No word from probes' : `Probes say ${health.active}`, requests].filter(Boolean).join(' · '));
    showFault(this.error, health.lastError ?? null);
    const reported = node.reported;
    const facts = [`weight ${node.weight}`, `${plural(node.inFlight ?? 0, 'request')} in flight`];
    if (reported) {
      const said = [
        reported.clientConnectionCount === null ? null : plural(reported.clientConnectionCount, 'connection'),
        reported.connectionCapacity ? `room for ${count(reported.connectionCapacity)}` : null,
      ].filter(Boolean).join(', ');
      facts.push(said ? `reports ${said} (${clock(reported.at)})` : `reports itself (${clock(reported.at)})`);
    }

    if (node.tcpConnections > 0) {
      facts.push(plural(node.tcpConnections, 'TCP connection'));
    }

    setText(this.facts, node.state === 'removed' ? 'Has left; its ids are refused.' : facts.join(' · '));
  }
}
