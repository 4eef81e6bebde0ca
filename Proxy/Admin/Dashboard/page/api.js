// Calls the admin API. One failing answer never stops the page: each section handles its own.

const keyName = 'gateway-admin-key';
const patience = 5000;

let askForKey = null; // set by the page: shows the dialog, resolves with the key
let asking = null;

export function onKeyNeeded(ask) {
  askForKey = ask;
}

/** An answer that is not a success; its message is the API's own sentence. */
export class ApiError extends Error {
  constructor(status, message, body = null) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

function headers(key, more) {
  return key ? { ...more, Authorization: `Bearer ${key}` } : { ...more };
}

// Several sections meet a 401 at the same time: the key is asked for once.
async function newKey(refused) {
  const current = sessionStorage.getItem(keyName);
  if (current !== refused) {
    return current;
  }

  asking ??= askForKey(refused !== null).then(key => {
    sessionStorage.setItem(keyName, key);
    asking = null;
    return key;
  });
  return asking;
}

/** fetch with the key; asks for one when there is none or it is refused. */
async function send(path, options) {
  while (true) {
    const key = sessionStorage.getItem(keyName);
    const limit = options.patience ? AbortSignal.timeout(options.patience) : null;
    const signals = [options.signal, limit].filter(Boolean);
    const answer = await fetch(path, {
      method: options.method ?? 'GET',
      headers: headers(key, options.headers),
      body: options.body,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: signals.length ? AbortSignal.any(signals) : undefined,
    });
    if (answer.status !== 401) {
      return answer;
    }

    await newKey(key);
  }
}

async function failure(answer) {
  const status = `${answer.status} ${answer.statusText}`.trim();
  try {
    const body = await answer.json();
    return new ApiError(answer.status, body.error ?? status, body);
  } catch {
    return new ApiError(answer.status, status); // not JSON: the status says it
  }
}

export async function get(path) {
  const answer = await send(path, { patience });
  if (!answer.ok) {
    throw await failure(answer);
  }

  return answer.json();
}

/** POSTs JSON; `limit` in milliseconds, or null for none. */
export async function post(path, body, limit = patience) {
  const answer = await send(path, {
    method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, patience: limit,
  });
  if (!answer.ok) {
    throw await failure(answer);
  }

  return answer.status === 204 ? null : answer.json();
}

/** Reads server-sent events with fetch, because an EventSource cannot send the key. Returns when the stream ends. */
export async function readEvents(path, onOpen, onEvent) {
  const answer = await send(path, { headers: { Accept: 'text/event-stream' } });
  if (!answer.ok) {
    throw await failure(answer);
  }

  onOpen();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  while (true) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }

    const events = (rest + value).replaceAll('\r\n', '\n').split('\n\n');
    rest = events.pop();
    for (const event of events) {
      const lines = event.split('\n').map(line => /^(event|data): ?(.*)$/.exec(line)).filter(Boolean);
      const data = lines.filter(([, field]) => field === 'data').map(([, , text]) => text);
      if (data.length > 0) {
        onEvent(lines.findLast(([, field]) => field === 'event')?.[2] ?? 'message', JSON.parse(data.join('\n')));
      }
    }
  }
}

/** What to tell people about an error. */
export function explainError(error) {
  if (error instanceof ApiError) {
    return error.message;
  }

  return error.name === 'TimeoutError' ? 'no answer in time' : 'the gateway does not answer';
}
