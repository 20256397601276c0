/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two hashes: SipHash-1-3 (Aumasson and Bernstein 2012) with a secret key, for tables whose keys an attacker chooses,
 * and CRC-32C (RFC 3720 appendix B.4), to find damage in files. Both give the same result on every processor.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1; /* random; the shell draws them once at start */
};

/* SipHash-1-3 over data under the key. */
uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

/* What is saved or sent in place of a name, the same on every machine: 64-bit FNV-1a, 0 for an empty name. */
uint64_t hash_name(const char *name);

/* CRC-32C over data. `crc` is 0, or the CRC of the bytes before data. */
uint32_t hash_crc32c(uint32_t crc, const void *data, size_t len);
