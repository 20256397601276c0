// SPDX-License-Identifier: Apache-2.0
// Events of processes as a tree: who started whom. A number is given anew when its process has ended, so of each number the
// newest program counts.

/** Of events of the kind process: {pid: {pid, ppid, time, ended, image, args, user, ...}}, the newest program of each. */
export function processesOf(events) {
	const all = {};

	for (const e of [...events].sort((a, b) => Date.parse(a.time) - Date.parse(b.time))) {
		const p = e.process, before = all[p.pid];

		if (p.action === 'exit' && before)
			before.ended = e.time;
		else if (p.pid && p.action !== 'exit')
			all[p.pid] = { ...p, args: p.args || '', id: e.id, time: e.time, device: e.device };
	}
	return all;
}

/** The roots, each with `children`; with `pid` only what leads to that process and what it started. */
export function treeOf(all, pid) {
	const nodes = Object.fromEntries(Object.values(all).map((p) => [p.pid, { ...p, children: [] }]));
	const roots = [];

	for (const p of Object.values(nodes)) {
		const parent = p.ppid !== p.pid && nodes[p.ppid];

		(parent && Date.parse(parent.time) <= Date.parse(p.time) ? parent.children : roots).push(p);
	}
	return pid && nodes[pid] ? roots.map((r) => along(r, pid)).filter(Boolean) : roots;
}

/** The branch down to that process, and all below it; null: it is not there. */
function along(node, pid) {
	if (node.pid === pid)
		return node;
	const on = node.children.map((c) => along(c, pid)).filter(Boolean);

	return on.length ? { ...node, children: on } : null;
}
