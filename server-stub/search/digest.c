/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers the different facets of a run and then makes its filter as large as their number asks for. */
#include "server-stub/search/digest.h"

#include "agent/base/hash.h"
#include "agent/base/require.h"
#include "caltrop/v1/link.pb-c.h"

#include <string.h>

#define SLOTS 32768 /* of the set of hashes; a power of two */
#define BITS_EACH 14
#define PROBES 9
#define BITS_BYTES (DIGEST_FACETS_MAX * BITS_EACH / 8 + 8)
#define TEXT_MAX 1024 /* of a facet; the rest of a longer one is not looked at */

_Static_assert(DIGEST_FACETS_MAX < SLOTS, "the set of hashes always has an empty slot");

struct digest {
	uint64_t set[SLOTS]; /* 0: empty */
	unsigned count, records, batches;
	bool is_full;
	struct log_digest run;
	uint8_t bits[BITS_BYTES];
};

size_t digest_size(void)
{
	return sizeof(struct digest);
}

void digest_begin(struct digest *d, uint64_t after)
{
	memset(d, 0, sizeof(*d));
	d->run.first = after + 1;
	d->run.wall_from_us = INT64_MAX;
	d->run.wall_to_us = INT64_MIN;
}

static size_t fold(struct str text, char *out)
{
	size_t len = text.len < TEXT_MAX ? text.len : TEXT_MAX;

	for (size_t i = 0; i < len; i++) {
		char c = text.data[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	return len;
}

/* Who chooses names can make filters say "perhaps" at most, so that the key is no secret. */
uint64_t digest_hash(const struct facet *f)
{
	static const struct hash_key key = {0x63616c74726f7031, 0x6469676573742031};
	char bytes[TEXT_MAX + 1];
	uint64_t hash;
	size_t len = 4;

	/* An address is asked for as a host name, too. */
	bytes[0] = (char)(f->name == FACET_HOST ? FACET_SRC : f->name);
	if (f->name == FACET_PID || f->name == FACET_KIND)
		for (unsigned i = 0; i < 4; i++)
			bytes[1 + i] = (char)(f->number >> 8 * i);
	else if (f->name == FACET_SRC || f->name == FACET_HOST)
		len = fold(f->text, bytes + 1);
	else
		memcpy(bytes + 1, f->text.data, len = f->text.len < TEXT_MAX ? f->text.len : TEXT_MAX);
	hash = hash_bytes(&key, bytes, len + 1);
	return hash ? hash : 1;
}

static bool add_facet(void *arg, const struct facet *f)
{
	struct digest *d = arg;
	uint64_t hash = digest_hash(f);
	unsigned at = (unsigned)hash % SLOTS;

	while (d->set[at] && d->set[at] != hash)
		at = (at + 1) % SLOTS;
	if (d->set[at])
		return true;
	d->is_full = d->count == DIGEST_FACETS_MAX;
	if (d->is_full)
		return false;
	d->set[at] = hash;
	d->count++;
	return true;
}

static void add_record(struct digest *d, ProtobufCBinaryData bytes)
{
	Caltrop__V1__Record *r = caltrop__v1__record__unpack(NULL, bytes.len, bytes.data);

	d->records++;
	if (!r)
		return;
	if (r->wall_us < d->run.wall_from_us)
		d->run.wall_from_us = r->wall_us;
	if (r->wall_us > d->run.wall_to_us)
		d->run.wall_to_us = r->wall_us;
	if (!d->is_full)
		facet_each(r, add_facet, d);
	caltrop__v1__record__free_unpacked(r, NULL);
}

bool digest_add(struct digest *d, uint64_t position, const struct log_batch *b)
{
	Caltrop__V1__Batch *batch = caltrop__v1__batch__unpack(NULL, b->blob.len, (const uint8_t *)b->blob.data);
	const struct facet device = {FACET_DEVICE, {(const char *)b->device, STORE_ID}, 0};

	d->run.last = position;
	d->batches++;
	if (b->received_us > d->run.received_us)
		d->run.received_us = b->received_us;
	if (!d->is_full)
		(void)add_facet(d, &device);
	for (size_t i = 0; batch && i < batch->n_entries; i++)
		add_record(d, batch->entries[i]->record);
	if (batch)
		caltrop__v1__batch__free_unpacked(batch, NULL);
	return d->records >= DIGEST_RECORDS || d->batches >= DIGEST_BATCHES;
}

/* The bit of a probe: two halves of the hash give as many positions as are wanted. */
static uint32_t bit_of(uint64_t hash, unsigned probe, uint32_t bits)
{
	uint32_t mixed = (uint32_t)hash + probe * ((uint32_t)(hash >> 32) | 1);

	return (uint32_t)((uint64_t)mixed * bits >> 32);
}

void digest_end(struct digest *d, struct log_digest *out)
{
	uint32_t len = (d->count * BITS_EACH + 7) / 8;

	memset(d->bits, 0, sizeof(d->bits));
	require(len <= sizeof(d->bits));
	for (unsigned i = 0; i < SLOTS && !d->is_full; i++) {
		for (unsigned probe = 0; d->set[i] && probe < PROBES; probe++) {
			uint32_t bit = bit_of(d->set[i], probe, len * 8);

			d->bits[bit / 8] |= (uint8_t)(1 << bit % 8);
		}
	}
	d->run.bits = (struct str){(const char *)d->bits, d->is_full ? 0 : len};
	*out = d->run;
}

bool digest_may_have(struct str bits, uint64_t hash)
{
	if (bits.len == 0 || bits.len > UINT32_MAX / 8)
		return true;
	for (unsigned probe = 0; probe < PROBES; probe++) {
		uint32_t bit = bit_of(hash, probe, (uint32_t)bits.len * 8);

		if (!((uint8_t)bits.data[bit / 8] & 1 << bit % 8))
			return false;
	}
	return true;
}
