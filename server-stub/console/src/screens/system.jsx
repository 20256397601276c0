// SPDX-License-Identifier: Apache-2.0
// Whether the service itself is well, by its own figures.
import { get, getText } from '../api.js';
import { useLoad } from '../load.js';
import { Card, Facts, Page, Problem, State } from '../parts.jsx';

/** Prometheus' text: [what it is, value] of each figure without labels. */
function figures(text) {
	const about = {};
	const rows = [];

	for (const line of text.split('\n')) {
		const help = line.match(/^# HELP (\S+) (.*)$/);
		const value = line.match(/^(\w+) (\d+)$/);

		if (help)
			about[help[1]] = help[2].replace(/\.$/, '');
		else if (value)
			rows.push([about[value[1]] || value[1], Number(value[2]).toLocaleString()]);
	}
	return rows;
}

const versionOf = (text) => text.match(/^caltrop_build_info\{version="([^"]*)"\}/m)?.[1];

/** How long the oldest record that is in no incident and no receipt list yet has waited. */
function Lag({ text }) {
	const ms = Number(text.match(/^caltrop_views_behind_milliseconds (\d+)$/m)?.[1] || 0);

	return ms ? `${ms.toLocaleString()} ms behind` : 'up to date';
}

export function System() {
	const ready = useLoad(() => getText('/readyz'), '', 'both');
	const metrics = useLoad(() => getText('/metrics'), '', 'both');
	const trust = useLoad(() => get('/trust'), '');

	return (
		<Page title="System">
			<div class="grid">
				<Card title="Ready">
					<Problem error={ready.error} />
					{ready.data && <p>{ready.data.ok ? <><State of="ready" /> It stores what devices send, and the views follow.</> : <><State of="not ready" /> {ready.data.text}</>}</p>}
					{metrics.data?.ok && <Facts of={[['Version', versionOf(metrics.data.text)], ['Incidents and receipts', <Lag text={metrics.data.text} />]]} />}
					{trust.data && <Facts of={[['Trust bundle', `version ${trust.data.version}`], ['Fleet', <span class="mono">{trust.data.fleet}</span>]]} />}
				</Card>
				<Card title="Figures" class="wide">
					<Problem error={metrics.error} />
					{metrics.data && <Facts of={figures(metrics.data.text)} />}
				</Card>
			</div>
		</Page>
	);
}
