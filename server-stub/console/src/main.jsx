// SPDX-License-Identifier: Apache-2.0
// The console: one table of screens, and which of them the address names.
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { Empty, Page } from './parts.jsx';
import { route, to } from './route.js';
import { Audit } from './screens/audit.jsx';
import { Bans } from './screens/bans.jsx';
import { Desk, Desks } from './screens/desk.jsx';
import { Device } from './screens/device.jsx';
import { Devices } from './screens/devices.jsx';
import { Drift } from './screens/drift.jsx';
import { Enrolment } from './screens/enrolment.jsx';
import { Events } from './screens/events.jsx';
import { Incident } from './screens/incident.jsx';
import { Incidents } from './screens/incidents.jsx';
import { NewOrder } from './screens/new_order.jsx';
import { Order } from './screens/order.jsx';
import { Orders } from './screens/orders.jsx';
import { Outputs } from './screens/outputs.jsx';
import { Overview } from './screens/overview.jsx';
import { People } from './screens/people.jsx';
import { Playbook, Playbooks } from './screens/playbooks.jsx';
import { Policies } from './screens/policies.jsx';
import { Rule, Rules } from './screens/rules.jsx';
import { Search } from './screens/search.jsx';
import { Signing } from './screens/signing.jsx';
import { FirstFactor, FirstPassword, Returned, SignIn } from './screens/sign_in.jsx';
import { System } from './screens/system.jsx';
import { may, resume, who } from './session.js';
import { Shell } from './shell.jsx';
import { returned, takeReturn } from './sso.js';

/** `one` is the screen of one thing: /devices/ID. Without a name it is not on the menu. */
const screens = [
	{ path: '', name: 'Overview', all: Overview },
	{ path: 'incidents', name: 'Incidents', all: Incidents, one: Incident },
	{ path: 'devices', name: 'Devices', all: Devices, one: Device },
	{ path: 'drift', name: 'Desired state', all: Drift },
	{ path: 'events', name: 'Events', all: Events },
	{ path: 'rules', name: 'Rules', all: Rules, one: Rule },
	{ path: 'playbooks', name: 'Playbooks', all: Playbooks, one: Playbook },
	{ path: 'policies', name: 'Packet filter', all: Policies },
	{ path: 'orders', name: 'Orders', all: Orders, one: Order },
	{ path: 'signing', name: 'Signing', all: Signing, may: () => may('act') },
	{ path: 'bans', name: 'Bans', all: Bans },
	{ path: 'enrolment', name: 'Enrolment', all: Enrolment, may: () => may('admin') },
	{ path: 'outputs', name: 'Outputs', all: Outputs },
	{ path: 'people', name: 'People', all: People },
	{ path: 'audit', name: 'Audit log', all: Audit, may: () => may('audit') },
	{ path: 'system', name: 'System', all: System },
	{ path: 'search', all: Search },
	{ path: 'desk', all: Desks, one: Desk },
];

const Nowhere = () => <Page title="Not found"><Empty>There is no such screen. Go to the <a href={to([])}>overview</a>.</Empty></Page>;

function present() {
	const [path = '', id] = route.value.path;
	const screen = screens.find((s) => s.path === path);

	if (path === 'orders' && id === 'new')
		return NewOrder;
	return (id ? screen?.one : screen?.all) || Nowhere;
}

function App() {
	if (who.value === undefined)
		return null;
	if (!who.value)
		return returned.value ? <Returned /> : <SignIn />;
	if (who.value.must_change)
		return <FirstPassword />;
	if (who.value.must_enrol)
		return <FirstFactor />;
	const Screen = present();

	return <Shell screens={screens}><Screen key={route.value.path.join('/')} /></Shell>;
}

takeReturn();
resume();
render(<App />, document.getElementById('app'));
