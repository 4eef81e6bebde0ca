// Decisions as they are made: first the last ones that the gateway remembers, then its stream.

import { get, readEvents, explainError } from './api.js';
import { byId, clock, h, setText, showFault } from './dom.js';

const shown = 200;
const atOnce = 40; // rows that one frame may add: a storm is counted, not drawn
const firstWait = 1000;
const longestWait = 15000;

let waiting = [];
let skipped = 0; // came too fast to be drawn, or for the gateway to send
let newest = null;
let paused = false;
let missed = 0;
let scheduled = false;

export function prepareDecisions() {
  const button = byId('pause');
  button.addEventListener('click', () => {
    paused = !paused;
    missed = 0;
    button.setAttribute('aria-pressed', String(paused));
    setText(button, paused ? 'Go on' : 'Pause');
    showState();
  });
  byId('refusals-only').addEventListener('change', event => byId('decisions').classList.toggle('refusals-only', event.target.checked));
  byId('download').addEventListener('click', download);
  showState();
  follow();
}

// A link could not send the key.
async function download() {
  try {
    const url = URL.createObjectURL(new Blob([JSON.stringify(await get('affinity/decisions'), null, 2)], { type: 'application/json' }));
    h('a', { href: url, download: 'decisions.json' }).click();
    URL.revokeObjectURL(url);
  } catch (error) {
    showFault(byId('decisions-fault'), `Decisions cannot be read: ${explainError(error)}.`);
  }
}

async function follow() {
  let wait = firstWait;
  while (true) {
    let reason = 'the stream ended';
    try {
      await readEvents('affinity/decisions/stream', async () => {
        wait = firstWait;
        showFault(byId('decisions-fault'), null);
        await showFormer();
      }, take);
    } catch (error) {
      reason = explainError(error);
    }

    showFault(byId('decisions-fault'), `Decisions cannot be followed: ${reason}. Trying again.`);
    await new Promise(resolve => setTimeout(resolve, wait));
    wait = Math.min(wait * 2, longestWait);
  }
}

// What was decided before, and while the stream was interrupted.
async function showFormer() {
  try {
    const answer = await get(`affinity/decisions?limit=${atOnce}`);
    for (const decision of answer.decisions.toReversed()) {
      take('decision', decision);
    }
  } catch {
    // The stream fills the list.
  }
}

function take(event, data) {
  if (event === 'dropped') {
    skipped += data.count;
    showState();
    return;
  }

  // Numbers grow, but for a gateway that was started anew.
  if (event !== 'decision' || newest && data.number <= newest.number && data.time <= newest.time) {
    return;
  }

  newest = data;
  if (paused) {
    missed++;
    showState();
    return;
  }

  waiting.push(data);
  if (waiting.length > atOnce) {
    waiting.shift();
    skipped++;
  }

  if (!scheduled) {
    scheduled = true;
    requestAnimationFrame(flush);
  }
}

function flush() {
  scheduled = false;
  for (const decision of waiting) {
    add(decision);
  }

  waiting = [];
  showState();
}

function add(decision) {
  const list = byId('decisions');
  const refusal = decision.status !== 200; // what the gateway answers by itself
  const more = [
    decision.transport === 'none' ? null : decision.transport,
    decision.attempt > 1 ? `attempt ${decision.attempt}` : null,
    decision.client,
    decision.id ? `id ${decision.id.slice(0, 8)}…` : null,
  ].filter(Boolean).join(' · ');
  list.prepend(h('li', { class: refusal ? 'refusal' : null, 'data-outcome': decision.outcome },
    h('time', { datetime: decision.time }, clock(decision.time)),
    h('span', { class: 'request', title: decision.path }, `${decision.kind} ${decision.path}`),
    h('span', { class: 'outcome-name' }, decision.outcome),
    h('span', { class: 'to' }, decision.node ?? decision.status),
    h('span', { class: 'soft more', title: decision.id }, more)));
  while (list.children.length > shown) {
    list.lastElementChild.remove();
  }
}

function showState() {
  const text = paused ? `Paused; ${missed} since then are not shown.`
    : `The last ${shown}, newest first. Ids are shown as hashes.${skipped > 0 ? ` ${skipped} came too fast to be shown.` : ''}`;
  setText(byId('decisions-state'), text);
}
