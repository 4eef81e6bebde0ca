// Decisions as they are made: first the last ones that the gateway remembers, then its stream.

import { get, readEvents, explainError } from './api.js';
import { byId, clock, h, setText, showFault } from './dom.js';
import { isRefusal } from './summary.js';

const shown = 200;
const atOnce = 40; // rows that one frame may add: a storm is counted, not drawn
const firstWait = 1000;
const longestWait = 15000;

let waiting = [];
let skipped = 0;
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
  showState();
  follow();
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

// Only when nothing is shown yet: after an interruption the list goes on with the stream.
async function showFormer() {
  if (byId('decisions').children.length > 0) {
    return;
  }

  try {
    const answer = await get('affinity/decisions');
    const former = Array.isArray(answer) ? answer : answer.decisions ?? [];
    const oldestFirst = former.length > 1 && Date.parse(former[0].at) > Date.parse(former.at(-1).at) ? former.toReversed() : former;
    for (const decision of oldestFirst.slice(-atOnce)) {
      add(decision);
    }
  } catch {
    // The stream fills the list.
  }
}

function take(text) {
  let decision;
  try {
    decision = JSON.parse(text);
  } catch {
    return;
  }

  if (paused) {
    missed++;
    showState();
    return;
  }

  waiting.push(decision);
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
  const refusal = isRefusal(decision.outcome);
  const request = [decision.method, decision.path ?? decision.kind].filter(Boolean).join(' ');
  const more = [decision.transport, decision.path ? decision.kind : null, decision.id ? `id ${decision.id}` : null, decision.client].filter(Boolean).join(' · ');
  list.prepend(h('li', { class: refusal ? 'refusal' : null, 'data-outcome': decision.outcome },
    h('time', {}, clock(decision.at)),
    h('span', { class: 'request' }, request),
    h('span', { class: 'outcome-name' }, decision.outcome),
    h('span', { class: 'to' }, decision.node ?? String(decision.status ?? '')),
    h('span', { class: 'soft more' }, more)));
  while (list.children.length > shown) {
    list.lastElementChild.remove();
  }
}

function showState() {
  const text = paused ? `Paused; ${missed} since then are not shown.`
    : `The last ${shown}, newest first. Ids are shown as hashes.${skipped > 0 ? ` ${skipped} came too fast to be drawn.` : ''}`;
  setText(byId('decisions-state'), text);
}
