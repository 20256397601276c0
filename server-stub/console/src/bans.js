// SPDX-License-Identifier: Apache-2.0
// Bans as receipts tell of them: the newest word about an address on a device counts.

/** Of events of the kind receipt, newest first: the bans that nothing newer has lifted and that have not run out. */
export function bansOf(events) {
	const seen = new Set();
	const bans = [];

	for (const { id, time, device, device_name, receipt } of events) {
		const key = `${device} ${receipt.addr}`;

		if (!receipt.addr || !['ban', 'unban'].includes(receipt.verb) || seen.has(key) || !isDone(receipt))
			continue;
		seen.add(key);
		if (receipt.verb === 'ban' && receipt.result !== 'reverted' && !isOver(receipt))
			bans.push({ ...receipt, id, time, device, device_name });
	}
	return bans;
}

const isDone = (receipt) => ['done', 'already', 'reverted', 'restored'].includes(receipt.result);
const isOver = (receipt) => receipt.expires && Date.parse(receipt.expires) < Date.now();
