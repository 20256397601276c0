/* SPDX-License-Identifier: Apache-2.0 */
/* Packet-filter policies against any bytes: one that decodes has exactly that spelling, and its rules always fit. */
#include "agent/base/require.h"
#include "proto/filter_rules.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct filter none;
	static struct filter filter;
	static struct filter_rules rules;
	const struct filter_facts facts = {8443, true};
	char why[FILTER_WHY_MAX];
	uint8_t again[FILTER_BYTES_MAX];
	struct buf b = buf_over(again, sizeof(again));

	if (filter_decode((struct str){(const char *)data, size}, &filter, why) != ERR_OK) {
		require(why[0] != '\0' && memcmp(&filter, &none, sizeof(none)) == 0);
		return 0;
	}
	filter_encode(&b, &filter);
	require(b.len == size && memcmp(again, data, size) == 0);
	filter_rules_make(&filter, &facts, &rules);
	for (unsigned i = 0; i < rules.count; i++) {
		const struct filter_rule *r = &rules.list[i];

		require(r->chain < FILTER_CHAINS && r->ports <= filter.port_lists);
		require(r->from <= filter.net_lists && (r->to <= filter.net_lists || r->to > FILTER_LISTS_MAX));
	}
	return 0;
}
