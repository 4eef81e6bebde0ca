'use strict';

const $ = id => document.getElementById(id);
const maxMessages = 500;

let connection = null;
let reconnects = 0;
let group = null; // the one that was joined

function show(state, text) {
  $('status').dataset.state = state;
  $('status').textContent = text;
  $('connect').disabled = state !== 'disconnected';
  $('disconnect').disabled = state === 'disconnected';
  $('send').disabled = $('join').disabled = state !== 'connected';
}

function showCaller(caller) {
  $('node').textContent = caller?.node ?? '–';
  $('transport-used').textContent = caller?.transport ?? '–';
  $('connection-id').textContent = caller?.connectionId ?? '–';
  $('reach').hidden = caller === null;
  $('reach').textContent = caller?.backplane
    ? 'A message reaches the clients of all nodes: the nodes share a backplane.'
    : 'A message reaches the clients of this node only: there is no backplane.';
}

function showGroup(name) {
  group = name;
  $('group').readOnly = name !== null;
  $('join').textContent = name === null ? 'Join' : 'Leave';
}

function append(item) {
  const list = $('messages');
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.append(item);
  while (list.childElementCount > maxMessages) {
    list.firstElementChild.remove();
  }

  if (atEnd) {
    list.scrollTop = list.scrollHeight;
  }
}

function span(className, text) {
  const element = document.createElement('span');
  element.className = className;
  element.textContent = text;
  return element;
}

function addMessage(user, message, node) {
  const item = document.createElement('li');
  item.dataset.node = node;
  item.append(span('from', user), span('via', node), span('text', message));
  append(item);
}

function addEvent(text) {
  const item = document.createElement('li');
  item.className = 'event';
  item.textContent = text;
  append(item);
}

function build() {
  const transport = $('transport').value;
  const options = {
    skipNegotiation: $('skip-negotiation').checked && transport === 'WebSockets',
    withCredentials: $('credentials').checked,
  };
  if (transport !== 'auto') {
    options.transport = signalR.HttpTransportType[transport];
  }

  let builder = new signalR.HubConnectionBuilder()
    .withUrl($('hub-url').value, options)
    .configureLogging(signalR.LogLevel.Warning)
    // For ever, until Disconnect; spread out, so that the clients of a lost node do not come all at once.
    .withAutomaticReconnect({ nextRetryDelayInMilliseconds: retry => Math.min(200 * 2 ** retry.previousRetryCount, 5000) * (0.5 + Math.random()) });
  if ($('stateful').checked) {
    builder = builder.withStatefulReconnect();
  }

  return builder.build();
}

async function greet(hub) {
  const caller = await hub.invoke('WhoAmI');
  if (group !== null) {
    await hub.invoke('JoinGroup', group); // a group has connections in it, and this is a new one
  }

  if (hub !== connection) {
    return;
  }

  showCaller(caller);
  show('connected', 'Connected');
  addEvent(`Connected to node ${caller.node} by ${caller.transport}`);
}

async function connect() {
  const hub = build();
  connection = hub;
  hub.on('Receive', addMessage);
  hub.onreconnecting(error => {
    show('reconnecting', 'Reconnecting');
    addEvent(`Connection lost${error ? `: ${error.message}` : ''}`);
  });
  hub.onreconnected(() => {
    $('reconnects').textContent = String(++reconnects);
    greet(hub).catch(error => addEvent(error.message));
  });
  hub.onclose(error => closed(hub, error));

  show('connecting', 'Connecting');
  try {
    await hub.start();
    await greet(hub);
  } catch (error) {
    await hub.stop();
    closed(hub, error);
  }
}

function closed(hub, error) {
  if (hub !== connection) {
    return;
  }

  connection = null;
  showCaller(null);
  showGroup(null);
  show('disconnected', 'Disconnected');
  addEvent(error ? `Disconnected: ${error.message}` : 'Disconnected');
}

async function send() {
  if ($('to-group').checked && !$('group').reportValidity()) {
    return;
  }

  try {
    const [user, message] = [$('user').value, $('message').value];
    await ($('to-group').checked
      ? connection.invoke('SendToGroup', $('group').value, user, message)
      : connection.invoke('Send', user, message));
    $('message').value = '';
  } catch (error) {
    addEvent(`Not sent: ${error.message}`);
  }

  $('message').focus();
}

async function joinOrLeave() {
  const name = $('group').value;
  try {
    if (group === null) {
      await connection.invoke('JoinGroup', name);
      showGroup(name);
    } else {
      await connection.invoke('LeaveGroup', name);
      showGroup(null);
    }
  } catch (error) {
    addEvent(`Group '${name}': ${error.message}`);
  }
}

function showChoices() {
  const possible = $('transport').value === 'WebSockets';
  $('skip-negotiation').disabled = !possible;
  $('skip-negotiation').checked &&= possible;
}

$('connect-form').addEventListener('submit', event => {
  event.preventDefault();
  if (connection === null) {
    connect();
  }
});
$('disconnect').addEventListener('click', () => connection?.stop());
$('transport').addEventListener('change', showChoices);
$('send-form').addEventListener('submit', event => {
  event.preventDefault();
  if (connection !== null) {
    send();
  }
});
$('group-form').addEventListener('submit', event => {
  event.preventDefault();
  if (connection !== null) {
    joinOrLeave();
  }
});

$('user').value = `guest-${Math.floor(Math.random() * 1000)}`;
showChoices();
if (typeof signalR === 'undefined') {
  $('script-missing').hidden = false;
  $('connect').disabled = true;
} else {
  $('connect').focus();
}
