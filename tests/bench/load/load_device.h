/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One simulated device above TLS: hello, batches within the service's window, acknowledgements, orders answered with
 * OrderSeen and a receipt record. Its spool is a promise: record n of a device is always the same bytes, so what was
 * not acknowledged when the link broke can be sent again without having been kept.
 */
#pragma once

#include "tests/bench/load/load_records.h"
#include "tests/bench/load/load_tls.h"

#include <stdbool.h>
#include <stdint.h>

#define LOAD_DEVICE_FLIGHT_MAX 128 /* batches that may wait for their acknowledgement */

enum load_state { LOAD_DOWN = 0, LOAD_SHAKING, LOAD_GREETING, LOAD_UP };

/* What all devices of a run add up to. */
struct load_totals {
	uint64_t up, shaking;		/* now */
	uint64_t full, resumed;		/* handshakes */
	uint64_t ended;			/* connections that the service or an error ended */
	uint64_t produced, sent, acked; /* records; sent again counts again */
	uint64_t orders, receipts_acked;
	uint64_t immune; /* offers of bans that came */
	char last_error[160];
};

struct load_device {
	struct load_tls tls;
	const struct load_identity *identity;
	const struct load_records *records;
	struct load_totals *totals;
	enum load_state state;
	bool wants_write;

	uint64_t goal_seq;	      /* has records up to this; raised by the bench */
	uint64_t next_seq, acked_seq; /* next to send; 1 is the first */
	unsigned batch_records;	      /* at most so many a batch */
	size_t window, batch_bytes, in_flight;
	struct {
		uint64_t last_seq;
		size_t bytes;
	} flight[LOAD_DEVICE_FLIGHT_MAX];
	unsigned flight_from, flight_count;

	uint64_t
		trust_version; /* of the bundle that it was sent, which it says from then on as a guard does; 0: none */
	uint64_t receipt_seq;  /* the record that is `receipt`; 0: none */
	bool receipt_counted;
	uint8_t receipt[256];
	size_t receipt_len;

	struct load_frame out; /* being written */
	size_t out_done;
	struct load_frame seen; /* goes next */
	char in[4096];
	size_t in_len;
};

void load_device_init(struct load_device *d, const struct load_tls_key *key, const struct load_fleet *fleet,
		      unsigned number);

/* False: could not even start; last_error says why. */
bool load_device_connect(struct load_device *d);

/* The socket can be read or written, or there are new records. Does all that can be done now. */
void load_device_go(struct load_device *d);

/* It bans the address by a rule of its own, and tells of it. */
void load_device_ban(struct load_device *d, const char *addr);

/* The outage: drop the connection. */
void load_device_cut(struct load_device *d);

static inline bool load_device_has_work(const struct load_device *d)
{
	return d->state == LOAD_UP && d->next_seq <= d->goal_seq;
}
