/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that an attacker has taken over: loaded into caltrop-server (LD_PRELOAD), this changes what it sends. While
 * RECORD is there, the first message of each kind to devices and one of three later ones has a byte, a bit or a run of
 * bytes of its own exchanged, one of thirty its length as well, in an order that MALICIOUS_SEED decides. RECORD gets
 * the tag of each message that was changed (message ToDevice of link.proto), one line a message. It is in the fleet's
 * directory, since the service has no other.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <mbedtls/ssl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD "/srv/fleet/malicious"
#define HEADER 4 /* the length of a message, big-endian (proto/frame.h) */

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 16) % below;
}

static void change(uint8_t *bytes, size_t len)
{
	static const uint8_t evil[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	uint32_t at = draw((uint32_t)len);

	switch (draw(3)) {
	case 0: bytes[at] = evil[draw(sizeof(evil))]; break;
	case 1: bytes[at] ^= (uint8_t)(1u << draw(8)); break;
	default: memset(bytes + at, evil[draw(sizeof(evil))], 1 + draw((uint32_t)(len - at))); break;
	}
}

/* The first of its kind (field of ToDevice: 1 to 15 in one byte) is always chosen, so that no kind is left to chance.
 */
static int chosen(unsigned kind)
{
	static int seen[32];
	int first = !seen[kind]++;

	return draw(3) == 0 || first;
}

static void change_frames(uint8_t *at, size_t left, int record)
{
	while (left > HEADER) {
		size_t len = (size_t)at[2] << 8 | at[3];

		if (at[0] || at[1] || len == 0 || len > left - HEADER)
			return;
		if (chosen(at[HEADER] >> 3)) {
			dprintf(record, "%u\n", at[HEADER] >> 3);
			change(at + HEADER, len);
			if (draw(10) == 0)
				change(at, HEADER);
		}
		at += HEADER + len;
		left -= HEADER + len;
	}
}

/* In place of mbedTLS's. Answers of the API begin with their protocol's name, and pass. */
int mbedtls_ssl_write(mbedtls_ssl_context *ssl, const unsigned char *bytes, size_t len)
{
	static int (*real)(mbedtls_ssl_context *, const unsigned char *, size_t);
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static uint8_t copy[1 << 20];
	const char *seed = getenv("MALICIOUS_SEED");
	int record = open(RECORD, O_WRONLY | O_APPEND | O_CLOEXEC), result;

	pthread_mutex_lock(&mutex);
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mbedtls_ssl_write");
	if (!state)
		state = seed ? strtoull(seed, NULL, 10) * 2654435761u + 1 : 1;
	if (record >= 0 && len <= sizeof(copy)) {
		memcpy(copy, bytes, len);
		change_frames(copy, len, record);
		bytes = copy;
	}
	result = real(ssl, bytes, len);
	pthread_mutex_unlock(&mutex);
	if (record >= 0)
		close(record);
	return result;
}
