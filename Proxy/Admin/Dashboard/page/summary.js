// The tiles at the top, the outcomes, and what became of the last reload: all of it is GET /affinity.

import { byId, clock, count, duration, h, plural, setAttribute, setText, showFault, Sparkline } from './dom.js';
import { statusOf } from './nodes.js';

const rows = new Map();

let chart = null;

export function showSummary(state) {
  showFault(byId('summary-fault'), null);
  setText(byId('facts'), [
    state.version?.split('+')[0], `up ${duration(state.uptimeSeconds ?? 0)}`, `mode ${state.mode}`, `router ${state.router}`,
  ].filter(Boolean).join(' · '));
  showConfiguration(state.configuration ?? {});
  showOutcomes(state.outcomes ?? {}, new Set(state.refusals));

  const store = state.store ?? {};
  setText(byId('store'), count(store.entries));
  setText(byId('store-more'), [
    `${store.kind ?? 'store'}, room for ${count(store.capacity)}`, store.evicted > 0 ? `${count(store.evicted)} evicted` : null,
  ].filter(Boolean).join(', '));
}

export function showSummaryFault(reason) {
  showFault(byId('summary-fault'), `The gateway's state cannot be read: ${reason}.`);
}

export function showTotals(nodes) {
  const present = nodes.filter(node => node.state !== 'removed');
  const total = present.reduce((sum, node) => sum + (node.connections?.total ?? 0), 0);
  setText(byId('total'), count(total));
  chart ??= new Sparkline(byId('total-chart'));
  chart.add(total);

  const by = Object.groupBy(present, statusOf);
  const online = by.online?.length ?? 0;
  setText(byId('online'), `${online} of ${present.length}`);
  setAttribute(byId('online'), 'data-level', online === 0 ? 'bad' : online < present.length ? 'warn' : 'good');
  setText(byId('online-more'), ['down', 'draining', 'staging'].filter(status => by[status]).map(status => `${by[status].length} ${status}`).join(', '));
}

function showConfiguration(configuration) {
  const error = configuration.lastError;
  setText(byId('configuration'), error ? 'Rejected' : 'Good');
  setAttribute(byId('configuration'), 'data-level', error ? 'bad' : 'good');
  setText(byId('configuration-more'), [
    configuration.loadedAt ? `in force since ${clock(configuration.loadedAt)}` : null,
    configuration.rejected > 0 ? `${plural(configuration.rejected, 'reload')} rejected` : null,
  ].filter(Boolean).join(', '));

  byId('rejected').hidden = !error;
  const messages = error?.messages ?? [];
  const list = byId('rejected-messages');
  if (messages.join('\n') !== [...list.children].map(item => item.textContent).join('\n')) {
    list.replaceChildren(...messages.map(message => h('li', {}, message)));
  }
}

function showOutcomes(outcomes, refusals) {
  const counts = Object.entries(outcomes);
  const all = counts.reduce((sum, [, n]) => sum + n, 0);
  const refused = counts.filter(([name]) => refusals.has(name)).reduce((sum, [, n]) => sum + n, 0);
  setText(byId('decided'), count(all));
  setText(byId('refused'), refused === 0 ? 'none refused' : `${count(refused)} refused`);

  const top = Math.max(1, ...counts.map(([, n]) => n));
  for (const [name, n] of counts) {
    let row = rows.get(name);
    if (!row) {
      row = { count: h('span', { class: 'number' }), bar: h('progress', { 'aria-hidden': 'true' }) };
      row.element = h('div', { class: refusals.has(name) ? 'outcome refusal' : 'outcome', 'data-outcome': name }, h('span', {}, name), row.bar, row.count);
      rows.set(name, row);
      byId('outcomes').append(row.element);
    }

    row.bar.max = top;
    row.bar.value = n;
    setText(row.count, count(n));
    row.element.classList.toggle('zero', n === 0);
  }
}
