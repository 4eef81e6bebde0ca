// Draining and resuming, each behind a dialog that names the node.

import { post, explainError } from './api.js';
import { announce, byId, showFault } from './dom.js';

let target = null;

function prepare(id, send) {
  const dialog = byId(id);
  const form = dialog.querySelector('form');
  dialog.querySelector('[data-close]').addEventListener('click', () => dialog.close());
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    try {
      await send(target);
      dialog.close();
    } catch (error) {
      showFault(form.querySelector('.fault'), explainError(error));
    } finally {
      button.disabled = false;
    }
  });
}

function open(id, titleId, title, name) {
  target = name;
  byId(titleId).textContent = title;
  showFault(byId(id).querySelector('.fault'), null);
  byId(id).showModal();
}

export function prepareOperations() {
  prepare('drain-dialog', async name => {
    const mode = byId('drain-mode').value;
    const timeout = byId('drain-timeout').value;
    await post(`nodes/${encodeURIComponent(name)}/drain`, { mode: mode || null, timeout: timeout || null });
    announce(`Node ${name} is being drained.`);
  });
  prepare('resume-dialog', async name => {
    await post(`nodes/${encodeURIComponent(name)}/resume`, {});
    announce(`Node ${name} takes connections again.`);
  });
}

export const openDrain = name => open('drain-dialog', 'drain-title', `Drain node ${name}?`, name);
export const openResume = name => open('resume-dialog', 'resume-title', `Resume node ${name}?`, name);
