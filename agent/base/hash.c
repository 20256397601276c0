/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-1-3 and CRC-32C. Input is read in a fixed byte order, so results are the same on every processor. */
#include "agent/base/hash.h"

#include <endian.h>
#include <string.h>

#define ROTL(x, b) (uint64_t)(((x) << (b)) | ((x) >> (64 - (b))))

static inline void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = ROTL(v[1], 13);
	v[1] ^= v[0];
	v[0] = ROTL(v[0], 32);
	v[2] += v[3];
	v[3] = ROTL(v[3], 16);
	v[3] ^= v[2];
	v[0] += v[3];
	v[3] = ROTL(v[3], 21);
	v[3] ^= v[0];
	v[2] += v[1];
	v[1] = ROTL(v[1], 17);
	v[1] ^= v[2];
	v[2] = ROTL(v[2], 32);
}

/* What does not fill a word any more, and the length. */
static uint64_t last_word(const uint8_t *p, size_t left, size_t len)
{
	uint64_t value = (uint64_t)len << 56;

	for (size_t i = 0; i < left; i++)
		value |= (uint64_t)p[i] << (8 * i);
	return value;
}

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len)
{
	uint64_t v[4] = {
		key->k0 ^ UINT64_C(0x736f6d6570736575),
		key->k1 ^ UINT64_C(0x646f72616e646f6d),
		key->k0 ^ UINT64_C(0x6c7967656e657261),
		key->k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *p = data;

	for (size_t words = len / 8 + 1; words > 0; words--) {
		uint64_t m;

		if (words > 1) {
			memcpy(&m, p, sizeof(m));
			m = le64toh(m);
			p += sizeof(m);
		} else {
			m = last_word(p, len % 8, len);
		}
		v[3] ^= m;
		sip_round(v);
		v[0] ^= m;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/*
 * A table for four bits at a time: 64 bytes of flash instead of 1 KiB. Spool segments are small, so this is fast
 * enough.
 */
uint32_t hash_crc32c(uint32_t crc, const void *data, size_t len)
{
	static const uint32_t nibble[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	const uint8_t *p = data;

	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

uint64_t hash_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	if (name[0] == '\0')
		return 0;
	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return hash;
}
