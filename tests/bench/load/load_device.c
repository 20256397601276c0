/* SPDX-License-Identifier: Apache-2.0 */
/* A device's half of the link as a load generator needs it: correct, but with nothing to protect. */
#include "tests/bench/load/load_device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_OVERHEAD 64 /* of a frame beside its entries, generously */
#define ENTRY_OVERHEAD 16

void load_device_init(struct load_device *d, const struct load_tls_key *key, const struct load_fleet *fleet,
		      unsigned number)
{
	memset(d, 0, sizeof(*d));
	d->identity = &fleet->identities[number];
	d->next_seq = 1;
	d->batch_records = LOAD_RECORDS_PER_BATCH_MAX;
	load_tls_init(&d->tls, key, d->identity, number);
}

static void forget_frames(struct load_device *d)
{
	free(d->out.data);
	free(d->seen.data);
	d->out = d->seen = (struct load_frame){NULL, 0};
	d->out_done = 0;
	d->in_len = 0;
	d->flight_from = d->flight_count = 0;
	d->in_flight = 0;
}

void load_device_cut(struct load_device *d)
{
	d->totals->up -= d->state == LOAD_UP;
	d->totals->shaking -= d->state == LOAD_SHAKING || d->state == LOAD_GREETING;
	d->state = LOAD_DOWN;
	load_tls_cut(&d->tls);
	forget_frames(d);
}

static void ended(struct load_device *d, const char *why)
{
	static const char *const when[] = {"not connected", "during the handshake", "before welcome", "when up"};

	snprintf(d->totals->last_error, sizeof(d->totals->last_error), "ended %s: %s (mbedTLS -0x%04x)", when[d->state],
		 why, (unsigned)-d->tls.error);
	d->totals->ended++;
	load_device_cut(d);
}

bool load_device_connect(struct load_device *d)
{
	if (!load_tls_open(&d->tls)) {
		snprintf(d->totals->last_error, sizeof(d->totals->last_error), "connect: %s", strerror(errno));
		return false;
	}
	d->state = LOAD_SHAKING;
	d->totals->shaking++;
	return true;
}

static void welcomed(struct load_device *d, const struct load_heard *heard)
{
	if (d->state != LOAD_GREETING)
		return;
	d->state = LOAD_UP;
	d->totals->shaking--;
	d->totals->up++;
	d->totals->acked += heard->committed_seq - d->acked_seq;
	d->acked_seq = heard->committed_seq;
	d->next_seq = heard->committed_seq + 1;
	d->window = heard->window_bytes;
	d->batch_bytes = heard->batch_bytes_max && heard->batch_bytes_max < FRAME_BYTES_MAX ? heard->batch_bytes_max
											    : FRAME_BYTES_MAX;
}

static void count_receipt(struct load_device *d)
{
	if (d->receipt_seq && d->acked_seq >= d->receipt_seq && !d->receipt_counted) {
		d->receipt_counted = true;
		d->totals->receipts_acked++;
	}
}

static void acked(struct load_device *d, uint64_t seq)
{
	if (seq <= d->acked_seq)
		return;
	d->totals->acked += seq - d->acked_seq;
	d->acked_seq = seq;
	while (d->flight_count && d->flight[d->flight_from].last_seq <= seq) {
		d->in_flight -= d->flight[d->flight_from].bytes;
		d->flight_from = (d->flight_from + 1) % LOAD_DEVICE_FLIGHT_MAX;
		d->flight_count--;
	}
}

static void ordered(struct load_device *d, const struct load_heard *heard)
{
	if (d->receipt_seq > d->acked_seq)
		return; /* one at a time is enough here */
	d->totals->orders++;
	free(d->seen.data);
	d->seen = load_records_seen(heard->order_id);
	d->receipt_len = load_records_receipt(heard->order_id, d->receipt);
	d->receipt_seq = ++d->goal_seq;
	d->totals->produced++;
	d->receipt_counted = false;
}

void load_device_ban(struct load_device *d, const char *addr)
{
	d->receipt_len = load_records_ban(addr, d->receipt);
	d->receipt_seq = ++d->goal_seq;
	d->totals->produced++;
	d->receipt_counted = true;
	load_device_go(d);
}

static bool hear(struct load_device *d, struct str frame)
{
	struct load_heard heard;

	if (!load_records_read(frame, &heard)) {
		ended(d, "not a message");
		return false;
	}
	switch (heard.what) {
	case HEARD_WELCOME: welcomed(d, &heard); break;
	case HEARD_ACK: acked(d, heard.committed_seq); break;
	case HEARD_ORDER: ordered(d, &heard); break;
	case HEARD_IMMUNITY: d->totals->immune++; break;
	case HEARD_TRUST: d->trust_version = heard.trust_version; break;
	case HEARD_GOODBYE: ended(d, heard.text); return false;
	default: break;
	}
	count_receipt(d);
	return true;
}

/* False: the connection is over. */
static bool read_frames(struct load_device *d)
{
	for (;;) {
		size_t got;
		enum load_tls_result result =
			load_tls_read(&d->tls, d->in + d->in_len, sizeof(d->in) - d->in_len, &got);

		if (result == LOAD_TLS_ENDED) {
			ended(d, "read");
			return false;
		}
		if (result != LOAD_TLS_DONE)
			return true;
		d->in_len += got;
		struct str input = {d->in, d->in_len}, frame;
		enum err err;

		while ((err = frame_take(&input, &frame)) == ERR_OK)
			if (!hear(d, frame))
				return false;
		if (err == ERR_TOO_LONG || input.len == sizeof(d->in)) {
			ended(d, "a frame too long");
			return false;
		}
		memmove(d->in, input.data, input.len);
		d->in_len = input.len;
	}
}

/* The next batch that the window and the service's limits allow, or none. */
static struct load_frame next_batch(struct load_device *d)
{
	struct load_batch batch = {
		d->identity->id, d->next_seq, 0, d->receipt_seq, {(char *)d->receipt, d->receipt_len}};
	size_t room = d->window > d->in_flight ? d->window - d->in_flight : 0;
	size_t bytes = BATCH_OVERHEAD;

	if (room > d->batch_bytes)
		room = d->batch_bytes;
	while (batch.count < d->batch_records && batch.first_seq + batch.count <= d->goal_seq) {
		uint64_t seq = batch.first_seq + batch.count;

		bytes += ENTRY_OVERHEAD +
			 (seq == d->receipt_seq ? d->receipt_len : d->records->pool[seq % LOAD_RECORDS_POOL].len);
		if (bytes > room)
			break;
		batch.count++;
	}
	/* Not a small one when the window is nearly full: it opens again soon. */
	bool partial = batch.first_seq + batch.count <= d->goal_seq && batch.count < d->batch_records &&
		       room < d->batch_bytes && d->flight_count;

	if (batch.count == 0 || partial || d->flight_count == LOAD_DEVICE_FLIGHT_MAX)
		return (struct load_frame){NULL, 0};
	struct load_frame frame = load_records_batch(d->records, &batch);
	unsigned slot = (d->flight_from + d->flight_count++) % LOAD_DEVICE_FLIGHT_MAX;

	d->next_seq += batch.count;
	d->flight[slot].last_seq = d->next_seq - 1;
	d->flight[slot].bytes = frame.len;
	d->in_flight += frame.len;
	d->totals->sent += batch.count;
	return frame;
}

static bool next_frame(struct load_device *d)
{
	if (d->out.data)
		return true;
	d->out_done = 0;
	if (d->state == LOAD_UP && d->seen.data) {
		d->out = d->seen;
		d->seen = (struct load_frame){NULL, 0};
	} else if (load_device_has_work(d)) {
		d->out = next_batch(d);
	}
	return d->out.data != NULL;
}

static void write_frames(struct load_device *d)
{
	d->wants_write = false;
	while (next_frame(d)) {
		size_t sent;
		enum load_tls_result result =
			load_tls_write(&d->tls, d->out.data + d->out_done, d->out.len - d->out_done, &sent);

		if (result == LOAD_TLS_ENDED) {
			ended(d, "write");
			return;
		}
		if (result != LOAD_TLS_DONE) {
			d->wants_write = true;
			return;
		}
		d->out_done += sent;
		if (d->out_done == d->out.len) {
			free(d->out.data);
			d->out = (struct load_frame){NULL, 0};
		}
	}
}

static bool shake(struct load_device *d)
{
	char name[32];
	const struct load_hello hello = {d->identity->id, d->goal_seq + 1, d->trust_version, name};
	enum load_tls_result result = load_tls_shake(&d->tls);

	d->wants_write = result == LOAD_TLS_WRITE;
	if (result == LOAD_TLS_ENDED)
		ended(d, "handshake");
	if (result != LOAD_TLS_DONE)
		return false;
	if (d->tls.full)
		d->totals->full++;
	else
		d->totals->resumed++;
	d->state = LOAD_GREETING;
	snprintf(name, sizeof(name), "bench-%u", d->tls.number);
	d->out = load_records_hello(&hello);
	return true;
}

void load_device_go(struct load_device *d)
{
	if (d->state == LOAD_DOWN || (d->state == LOAD_SHAKING && !shake(d)))
		return;
	if (read_frames(d))
		write_frames(d);
}
