// Explain, look up, self-test: a question, and its answer below the form.

import { ApiError, get, post, explainError } from './api.js';
import { byId, clock, duration, h, since } from './dom.js';

const checkLimit = 30000; // beside the idle time

function prepare(id, busy, ask) {
  const form = byId(id);
  const answer = byId(`${id}-answer`);
  const button = form.querySelector('[type=submit]');
  form.addEventListener('submit', async event => {
    event.preventDefault();
    button.disabled = true;
    answer.replaceChildren(h('p', { class: 'soft' }, busy(form)));
    try {
      answer.replaceChildren(...await ask(form));
    } catch (error) {
      answer.replaceChildren(h('p', { class: 'fault' }, explainError(error)));
    } finally {
      button.disabled = false;
    }
  });
}

export function prepareForms() {
  prepare('explain', () => 'Asking …', explain);
  prepare('find', () => 'Looking …', find);
  prepare('check', form => `Running … this takes some seconds${seconds(form.elements.idle.value) > 0 ? ` and the idle time, ${duration(seconds(form.elements.idle.value))}` : ''}.`, check);
}

async function explain(form) {
  const headers = {};
  for (const line of form.elements.headers.value.split('\n').filter(text => text.trim())) {
    const colon = line.indexOf(':');
    if (colon < 1) {
      throw new ApiError(0, `This is no header: ${line}`);
    }

    headers[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }

  const said = await post('affinity/explain', {
    method: form.elements.method.value, url: form.elements.url.value, headers, client: form.elements.client.value.trim() || null,
  });
  const candidates = said.candidates ?? [];
  const where = said.node ? ['goes to ', h('strong', {}, said.node)]
    : said.status >= 400 ? [`is refused with ${said.status}`]
      : [`goes to one of ${candidates.length} nodes, by chance`];
  return [
    h('p', { class: 'verdict', 'data-outcome': said.outcome, 'data-node': said.node }, 'It ', where, said.outcome ? [': ', h('code', {}, said.outcome)] : null),
    steps(said.steps),
    candidates.length === 0 ? null : h('ul', { class: 'candidates' }, candidates.map(candidate => h('li', { 'data-node': candidate.node },
      h('span', {}, candidate.node), share(candidate.share)))),
  ].filter(Boolean);
}

const steps = list => h('ol', { class: 'steps' }, (list ?? []).map(step => h('li', {},
  h('code', {}, step.step), ' ', h('span', {}, step.result ?? ''), step.detail ? h('span', { class: 'soft' }, ` – ${step.detail}`) : null)));

function share(value) {
  if (typeof value !== 'number') {
    return h('span', { class: 'soft' }, 'share unknown');
  }

  const text = `${(value * 100).toFixed(value > 0 && value < .1 ? 1 : 0)} %`;
  return [h('progress', { max: '1', value: String(value), 'aria-hidden': 'true' }), h('span', { class: 'number' }, text)];
}

async function find(form) {
  const found = await lookUp(form.elements.id.value.trim());
  const where = found.node ? ['Belongs to ', h('strong', {}, found.node)]
    : found.outcome ? [`No node gets it; the answer is ${found.status}`] : ['Was opened without an id: no request names it'];
  return [
    h('p', { class: 'verdict', 'data-outcome': found.outcome, 'data-node': found.node }, where, found.outcome ? [': ', h('code', {}, found.outcome)] : null),
    steps(found.steps),
    found.connection ? h('dl', { class: 'facts' }, Object.entries(found.connection).map(([name, value]) => fact(name, value)))
      : h('p', { class: 'soft' }, `This gateway follows no connection with it (hash ${found.id}).`),
  ];
}

// An id that belongs to nobody is an answer, too.
async function lookUp(id) {
  try {
    return await get(`affinity/connections/${encodeURIComponent(id)}`);
  } catch (error) {
    if (error instanceof ApiError && error.body?.steps) {
      return error.body;
    }

    throw error;
  }
}

const label = name => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

function fact(name, value) {
  const text = value === null ? '–' : name === 'since' || name === 'lastSeen' ? `${clock(value)} (${since(value)} ago)` : String(value);
  return h('div', { 'data-fact': name }, h('dt', {}, label(name)), h('dd', {}, text));
}

const seconds = text => text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

async function check(form) {
  const report = await post('check', {
    url: form.elements.url.value.trim(), idle: form.elements.idle.value, accessToken: form.elements.accessToken.value || null,
  }, seconds(form.elements.idle.value) * 1000 + checkLimit);
  return [
    h('p', { class: 'verdict', 'data-verdict': report.verdict }, report.verdict === 'good' ? 'Nothing stands in the way.' : 'Something stands in the way.'),
    h('ul', { class: 'findings' }, report.findings.map(finding => h('li', { 'data-level': finding.level, 'data-code': finding.code },
      h('p', {}, h('span', { class: 'badge' }, finding.level), ' ', h('strong', {}, finding.area), ' ', finding.message),
      (finding.hints ?? []).map(hint => h('p', { class: 'hint' }, h('strong', {}, `${hint.server}: `), h('code', {}, hint.text)))))),
  ];
}
