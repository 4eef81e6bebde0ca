// Starts the page and asks for the state once in a second.

import { get, explainError, onKeyNeeded } from './api.js';
import { byId, setAttribute, setText, showFault } from './dom.js';
import { prepareDecisions } from './decisions.js';
import { prepareForms } from './forms.js';
import { showNodes, showNodesFault } from './nodes.js';
import { prepareOperations } from './operations.js';
import { showSummary, showSummaryFault, showTotals } from './summary.js';

const interval = 1000;

function askForKey(wasRefused) {
  const dialog = byId('key-dialog');
  const form = dialog.querySelector('form');
  showFault(form.querySelector('.fault'), wasRefused ? 'The gateway refuses this key.' : null);
  byId('key').value = '';
  for (const other of document.querySelectorAll('dialog[open]')) {
    other.close();
  }

  dialog.showModal();
  return new Promise(resolve => form.addEventListener('submit', event => {
    event.preventDefault();
    const key = byId('key').value.trim();
    dialog.close();
    resolve(key);
  }, { once: true }));
}

async function refreshNodes() {
  try {
    const nodes = await get('nodes');
    showNodes(nodes);
    showTotals(nodes);
    return true;
  } catch (error) {
    showNodesFault(explainError(error));
    return false;
  }
}

async function refreshSummary() {
  try {
    showSummary(await get('affinity'));
    return true;
  } catch (error) {
    showSummaryFault(explainError(error));
    return false;
  }
}

async function refresh() {
  const good = await Promise.all([refreshNodes(), refreshSummary()]);
  const state = good.every(Boolean) ? 'live' : good.some(Boolean) ? 'partly' : 'lost';
  setAttribute(byId('link'), 'data-state', state);
  setText(byId('link'), { live: 'Live', partly: 'Partly', lost: 'No answer' }[state]);
  setTimeout(refresh, interval);
}

onKeyNeeded(askForKey);
byId('key-dialog').addEventListener('cancel', event => event.preventDefault()); // without a key there is nothing to go back to
prepareOperations();
prepareForms();
prepareDecisions();
refresh();
