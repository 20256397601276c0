/* SPDX-License-Identifier: Apache-2.0 */
/* An order's least cost, with mbedTLS alone. */
#include "tests/bench/load/load_sign.h"

#include "agent/base/key.h"
#include "tests/bench/load/load_disk.h"
#include "tests/bench/load/load_times.h"

#include <mbedtls/ecdsa.h>
#include <mbedtls/sha256.h>

#include "agent/base/mbedtls_compat.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define BYTES 300 /* of a signed order, and of the record of it */

static mbedtls_ecdsa_context key;
static uint8_t order[BYTES];

static int fill_random(void *context, unsigned char *out, size_t len)
{
	return key_random_kernel.fill(context, out, len);
}

void load_sign_open(const char *folder)
{
	load_disk_open(folder);
	mbedtls_ecdsa_init(&key);
	if (mbedtls_ecdsa_genkey(&key, MBEDTLS_ECP_DP_SECP256R1, fill_random, NULL) == 0)
		return;
	fprintf(stderr, "cannot make a key\n");
	exit(1);
}

static bool digest(uint8_t out[32])
{
	return mbedtls_compat_sha256(order, sizeof(order), out, 0) == 0;
}

int64_t load_sign_once(void)
{
	uint8_t signature[MBEDTLS_ECDSA_MAX_LEN], hash[32];
	int64_t start = load_times_clock_us();
	size_t len = 0;

	order[0]++;
	if (!digest(hash) ||
	    mbedtls_compat_ecdsa_sign(&key, hash, signature, sizeof(signature), &len, fill_random, NULL) != 0 ||
	    load_disk_append(0, order, sizeof(order)) < 0)
		return -1;
	if (!digest(hash) || mbedtls_ecdsa_read_signature(&key, hash, sizeof(hash), signature, len) != 0 ||
	    load_disk_append(1, order, sizeof(order)) < 0)
		return -1;
	return load_times_clock_us() - start;
}
