/* SPDX-License-Identifier: Apache-2.0 */
/* The enrolment's exchange (ALPN "caltrop-enroll/1"): one request, one reply, over TLS without a client certificate. */
#include "tests/bench/load/load_enroll.h"

#include "tests/bench/load/load_records.h"
#include "tests/bench/load/load_times.h"
#include "tests/bench/load/load_tls.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_US 120000000

struct joining {
	struct load_tls tls;
	struct load_frame out;
	size_t out_done;
	bool shaken;
	short wants;
	char in[16384];
	size_t in_len;
};

struct queue {
	const struct load_tls_key *key;
	struct load_frame *requests;
	unsigned count, next, open;
	struct load_enrolled *result;
};

static void end(struct joining *j, struct queue *q, const char *why)
{
	if (why)
		snprintf(q->result->last_error, sizeof(q->result->last_error), "%s (mbedTLS -0x%04x)", why,
			 (unsigned)-j->tls.error);
	load_tls_cut(&j->tls);
	mbedtls_ssl_config_free(&j->tls.conf);
	mbedtls_ssl_session_free(&j->tls.session);
	free(j->out.data);
	j->out = (struct load_frame){NULL, 0};
	q->open--;
}

static void begin(struct joining *j, struct queue *q)
{
	load_tls_init(&j->tls, q->key, NULL, 0x80000 + q->next);
	j->out = q->requests[q->next++];
	j->out_done = j->in_len = 0;
	j->shaken = false;
	j->wants = POLLOUT;
	q->open++;
	if (!load_tls_open(&j->tls))
		end(j, q, "connect");
}

static bool waits(struct joining *j, struct queue *q, enum load_tls_result result)
{
	j->wants = result == LOAD_TLS_WRITE ? POLLOUT : POLLIN;
	if (result == LOAD_TLS_ENDED)
		end(j, q, "ended");
	return result != LOAD_TLS_DONE;
}

static void hear(struct joining *j, struct queue *q)
{
	struct str input = {j->in, j->in_len}, frame;
	struct load_heard heard;

	if (frame_take(&input, &frame) != ERR_OK)
		return;
	if (!load_records_read(frame, &heard) || heard.what != HEARD_ENROLLED || !heard.issued) {
		end(j, q, heard.text[0] ? heard.text : "not a reply");
		return;
	}
	q->result->issued++;
	end(j, q, NULL);
}

static void go(struct joining *j, struct queue *q)
{
	size_t moved;

	if (!j->shaken && waits(j, q, load_tls_shake(&j->tls)))
		return;
	j->shaken = true;
	while (j->out_done < j->out.len) {
		if (waits(j, q, load_tls_write(&j->tls, j->out.data + j->out_done, j->out.len - j->out_done, &moved)))
			return;
		j->out_done += moved;
	}
	while (j->tls.fd >= 0 && j->in_len < sizeof(j->in)) {
		if (waits(j, q, load_tls_read(&j->tls, j->in + j->in_len, sizeof(j->in) - j->in_len, &moved)))
			return;
		j->in_len += moved;
		hear(j, q);
	}
}

static struct load_frame *make_requests(const char *token, unsigned count)
{
	struct load_frame *requests = calloc(count, sizeof(*requests));

	for (unsigned i = 0; requests && i < count; i++) {
		uint8_t csr[KEY_CSR_MAX];
		size_t len;
		struct key_der key;

		if (key_generate(key_random_kernel, &key) != ERR_OK ||
		    key_csr(&key, key_random_kernel, "bench", csr, &len) != ERR_OK)
			exit(1);
		requests[i] = load_records_enroll(token, (struct str){(char *)csr, len});
	}
	return requests;
}

struct load_enrolled load_enroll(uint16_t port, const char *token, unsigned count)
{
	static struct joining joining[LOAD_ENROLL_AT_ONCE];
	struct load_enrolled result = {0};
	struct load_tls_key key;
	struct queue q = {.key = &key, .count = count, .result = &result};

	q.requests = make_requests(token, count);
	load_tls_key(&key, NULL, "caltrop-enroll/1", port);
	for (unsigned i = 0; i < LOAD_ENROLL_AT_ONCE; i++)
		joining[i].tls.fd = -1;
	int64_t start = load_times_clock_us();

	while ((q.next < q.count || q.open) && load_times_clock_us() - start < LIMIT_US) {
		struct pollfd fds[LOAD_ENROLL_AT_ONCE];

		for (unsigned i = 0; i < LOAD_ENROLL_AT_ONCE; i++) {
			if (joining[i].tls.fd < 0 && q.next < q.count)
				begin(&joining[i], &q);
			fds[i] = (struct pollfd){joining[i].tls.fd, joining[i].wants, 0};
		}
		if (poll(fds, LOAD_ENROLL_AT_ONCE, 1000) < 0)
			break;
		for (unsigned i = 0; i < LOAD_ENROLL_AT_ONCE; i++)
			if (fds[i].revents && joining[i].tls.fd >= 0)
				go(&joining[i], &q);
	}
	result.took_us = load_times_clock_us() - start;
	free(q.requests);
	return result;
}
