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
#define TEXT_MAX 1024	/* of a facet; the rest of a longer one is not looked at */
#define TOGETHER_MAX 32 /* facets of a record that make pairs; of a run with a record of more it says "perhaps" */

_Static_assert(DIGEST_FACETS_MAX < SLOTS, "the set of hashes always has an empty slot");

/* Different hashes, and the filter that is made of them. */
struct sieve {
	uint64_t set[SLOTS]; /* 0: empty */
	unsigned count;
	bool is_full;
	uint8_t bits[BITS_BYTES];
};

struct known {
	enum facet_name name;
	uint64_t hash;
};

struct digest {
	struct sieve facets, pairs;
	unsigned records, batches;
	struct known together[TOGETHER_MAX]; /* of the record that is added */
	unsigned together_count;
	struct log_digest run;
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

/* A host name is asked for as a src. */
static enum facet_name name_of(const struct facet *f)
{
	return f->name == FACET_HOST ? FACET_SRC : f->name;
}

bool digest_pairs(enum facet_name name)
{
	return name != FACET_PID && name != FACET_DEVICE;
}

/* The finalizer of splitmix64 (Steele, Lea and Flood 2014) over both, the one of the lower name first. */
static uint64_t join(const struct known *a, const struct known *b)
{
	uint64_t first = a->name < b->name ? a->hash : b->hash, second = a->name < b->name ? b->hash : a->hash;
	uint64_t z = first + second * 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	z ^= z >> 31;
	return z ? z : 1;
}

uint64_t digest_pair_hash(const struct facet *a, const struct facet *b)
{
	const struct known x = {name_of(a), digest_hash(a)}, y = {name_of(b), digest_hash(b)};

	return join(&x, &y);
}

/* False: it is full, and says nothing any more. */
static bool sieve_add(struct sieve *s, uint64_t hash)
{
	unsigned at = (unsigned)hash % SLOTS;

	while (s->set[at] && s->set[at] != hash)
		at = (at + 1) % SLOTS;
	if (s->set[at])
		return true;
	s->is_full = s->is_full || s->count == DIGEST_FACETS_MAX;
	if (s->is_full)
		return false;
	s->set[at] = hash;
	s->count++;
	return true;
}

static bool add_facet(void *arg, const struct facet *f)
{
	struct digest *d = arg;
	const struct known known = {name_of(f), digest_hash(f)};

	if (digest_pairs(f->name) && d->together_count < TOGETHER_MAX)
		d->together[d->together_count++] = known;
	else if (digest_pairs(f->name))
		d->pairs.is_full = true;
	return sieve_add(&d->facets, known.hash) || !d->pairs.is_full;
}

static void add_pairs(struct digest *d)
{
	for (unsigned i = 0; i < d->together_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (d->together[i].name != d->together[k].name &&
			    !sieve_add(&d->pairs, join(&d->together[k], &d->together[i])))
				return;
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
	d->together_count = 0;
	if (!d->facets.is_full || !d->pairs.is_full)
		facet_each(r, add_facet, d);
	add_pairs(d);
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
	(void)sieve_add(&d->facets, digest_hash(&device));
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

/* A byte at least: none would say "perhaps". */
static struct str sieve_end(struct sieve *s)
{
	uint32_t len = s->count ? (s->count * BITS_EACH + 7) / 8 : 1;

	memset(s->bits, 0, sizeof(s->bits));
	require(len <= sizeof(s->bits));
	for (unsigned i = 0; i < SLOTS && !s->is_full; i++) {
		for (unsigned probe = 0; s->set[i] && probe < PROBES; probe++) {
			uint32_t bit = bit_of(s->set[i], probe, len * 8);

			s->bits[bit / 8] |= (uint8_t)(1 << bit % 8);
		}
	}
	return (struct str){(const char *)s->bits, s->is_full ? 0 : len};
}

void digest_end(struct digest *d, struct log_digest *out)
{
	d->run.bits = sieve_end(&d->facets);
	d->run.pairs = sieve_end(&d->pairs);
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
