/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Batches as a device may make them up, against what searches skip by: whatever a record of one has can be found, by
 * the batch's digest and by the look at its bytes. First byte: which of its facets a filter asks for.
 */
#include "agent/base/require.h"
#include "caltrop/v1/link.pb-c.h"
#include "server-stub/api/hint.h"
#include "server-stub/search/digest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct look {
	struct str bits;
	unsigned left; /* facets until the one that the filter asks for */
	struct record_filter filter;
};

static void ask(char *out, size_t cap, struct str text)
{
	if (text.len < cap && !memchr(text.data, 0, text.len)) {
		memcpy(out, text.data, text.len);
		out[text.len] = '\0';
	}
}

static bool see(void *arg, const struct facet *f)
{
	struct look *l = arg;
	struct record_filter *want = &l->filter;

	require(digest_may_have(l->bits, digest_hash(f)));
	if (l->left-- != 0)
		return true;
	switch (f->name) {
	case FACET_SRC:
	case FACET_HOST: ask(want->src, sizeof(want->src), f->text); break;
	case FACET_USER: ask(want->user, sizeof(want->user), f->text); break;
	case FACET_OUTCOME: ask(want->outcome, sizeof(want->outcome), f->text); break;
	case FACET_RULE: ask(want->rule, sizeof(want->rule), f->text); break;
	case FACET_PROGRAM: ask(want->process, sizeof(want->process), f->text); break;
	case FACET_KIND: want->kind = f->number; break;
	default: break;
	}
	return true;
}

static void look_at(struct str bits, unsigned which, struct str batch, ProtobufCBinaryData bytes)
{
	Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, bytes.len, bytes.data);
	struct look l = {.bits = bits, .left = which};

	if (!r)
		return;
	facet_each(r, see, &l);
	l.filter.since_us = r->wall_us > 0 ? r->wall_us : 0;
	if (record_matches(&l.filter, r)) {
		require(hint_record(&l.filter, (struct str){(const char *)bytes.data, bytes.len}));
		require(hint_batch(&l.filter, batch));
	}
	caltrop__v1__record__free_unpacked(r, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_batch b = {.received_us = 5};
	struct digest *d = malloc(digest_size());
	Caltrop__V1__Batch *batch;
	struct log_digest run;

	require(d);
	if (size > 0) {
		b.blob = (struct str){(const char *)data + 1, size - 1};
		digest_begin(d, 0);
		(void)digest_add(d, 1, &b);
		digest_end(d, &run);
		(void)hint_batch(&(struct record_filter){.kind = data[0], .until_us = 5}, b.blob);
		batch = caltrop__v1__batch__unpack(NULL, b.blob.len, data + 1);
		for (size_t i = 0; batch && i < batch->n_entries; i++)
			look_at(run.bits, data[0] & 7, b.blob, batch->entries[i]->record);
		if (batch)
			caltrop__v1__batch__free_unpacked(batch, NULL);
	}
	free(d);
	return 0;
}
