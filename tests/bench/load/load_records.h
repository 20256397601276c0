/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What simulated devices say and hear: whole frames of the link (proto/frame.h, proto/caltrop/v1/link.proto). Records
 * of authentication are encoded once and used again, so that the generator costs little beside the service.
 */
#pragma once

#include "agent/base/str.h"
#include "proto/frame.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_RECORDS_POOL 1024
#define LOAD_RECORDS_PER_BATCH_MAX 512

struct load_records {
	struct {
		uint8_t *data;
		size_t len;
	} pool[LOAD_RECORDS_POOL];
	size_t mean_bytes;
};

/* Failures and successes of sshd with their lines, about 190 bytes each. */
void load_records_make(struct load_records *out);

/* A receipt of an order as the guard writes it ("done", verified); returns its length, at most 256. */
size_t load_records_receipt(const uint8_t order_id[16], uint8_t out[256]);

/* One of a ban that a rule of the device made, the first of its chain. */
size_t load_records_ban(const char *addr, uint8_t out[256]);

struct load_batch {
	const uint8_t *spool_id;
	uint64_t first_seq;
	unsigned count;	      /* at most LOAD_RECORDS_PER_BATCH_MAX */
	uint64_t special_seq; /* this record is `special` instead; 0: none */
	struct str special;
};

/* Frames, header included, in memory of their own that the caller frees. */
struct load_frame {
	uint8_t *data;
	size_t len;
};
struct load_hello {
	const uint8_t *spool_id;
	uint64_t next_seq, trust_version;
	const char *hostname;
};
struct load_frame load_records_hello(const struct load_hello *hello);
struct load_frame load_records_batch(const struct load_records *records, const struct load_batch *batch);
struct load_frame load_records_seen(const uint8_t order_id[16]);
struct load_frame load_records_enroll(const char *token, struct str csr);

/* A message from the service. */
struct load_heard {
	enum {
		HEARD_OTHER = 0,
		HEARD_WELCOME,
		HEARD_ACK,
		HEARD_ORDER,
		HEARD_PING,
		HEARD_GOODBYE,
		HEARD_ENROLLED,
		HEARD_TRUST,
		HEARD_IMMUNITY,
	} what;
	uint64_t committed_seq;
	uint32_t window_bytes, batch_bytes_max;
	uint8_t order_id[16];
	uint64_t trust_version; /* TRUST */
	bool issued;		/* ENROLLED */
	char text[128];		/* GOODBYE, ENROLLED: why */
};

/* False: not a message of ours. */
bool load_records_read(struct str frame, struct load_heard *out);
