/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keyed hashing for tables whose keys an attacker chooses (SipHash-1-3, Aumasson and Bernstein 2012), and CRC-32C
 * (RFC 3720 appendix B.4) for bytes at rest.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1; /* random, drawn once at start by the shell */
};

uint64_t hash_bytes(const struct hash_key *key, const void *data, size_t len);

/* CRC-32C over data, continued from crc (0 at the start). */
uint32_t hash_crc32c(uint32_t crc, const void *data, size_t len);
