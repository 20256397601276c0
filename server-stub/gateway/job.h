/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job: what a loop asks of a thread that may wait for the disk, and the answer, in one piece of memory that goes
 * there and back. And a queue of jobs between threads, bounded in bytes.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/gateway/pedigree.h"
#include "server-stub/gateway/session/enroll.h"
#include "server-stub/ingest/notice.h"
#include "server-stub/ingest/upload.h"
#include "server-stub/store/log.h"
#include "server-stub/store/registry.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

enum job_kind {
	/* to the writer */
	JOB_BATCH = 1, /* batch: answered with err and committed_seq */
	JOB_HELLO,     /* about: what a device said of itself; the certificate that it used becomes its present one */
	JOB_PRESENCE,  /* presence: one device; no answer */
	JOB_HEARD,     /* ids: devices that are connected and sent something lately; no answer */
	JOB_HOLD,      /* hold: a device that a restored store cannot know waits for approval; no answer */
	JOB_SEEN,      /* order_id, device, wall_us; no answer */
	JOB_NOTICE,    /* notice: what the loop saw of a device; no answer */
	JOB_SENT,      /* order_id, ids: the devices to which the order was sent, wall_us; no answer */
	JOB_OBJECT,    /* device, object: a message of it about an object; answered with what to say */
	/* to the clerk */
	JOB_ENROLL, /* enroll: answered with a frame in bytes */
	JOB_RENEW,  /* csr in bytes: answered with certificate, trust, err */
};

struct job_about {
	uint8_t device[STORE_ID], serial[16], run[REGISTRY_RUN];
	char address[STORE_NAME_MAX];
	char version[STORE_NAME_MAX], arch[STORE_NAME_MAX], kernel[STORE_TEXT_MAX], hostname[STORE_NAME_MAX];
	char features[STORE_TEXT_MAX * 2];
};

struct job_enroll {
	struct enroll_request request;
	char address[STORE_NAME_MAX];
	struct pedigree pedigree;
	/* answer */
	char frame[16384];
	size_t frame_len;
	bool is_replaced; /* the certificate that `device` used is good no more */
	uint8_t device[STORE_ID];
};

struct job_renew {
	uint8_t device[STORE_ID], serial[16]; /* of the certificate that the device used */
	uint8_t csr[KEY_CSR_MAX], cert[KEY_CERT_MAX];
	size_t csr_len, cert_len, trust_len;
	char trust[8192];
};

struct job_object {
	struct object_message message; /* its data points into `data` */
	bool delivered;		       /* answer: it was about an object for the device */
	struct upload_answer answer;   /* else: what to say */
	char data[];
};

struct job_presence {
	struct registry_presence now;
	int64_t seen_us; /* of vigil_presence */
};

struct job_hold {
	uint8_t device[STORE_ID], serial[16];
	int64_t not_after_s;
	char address[STORE_NAME_MAX], hostname[STORE_NAME_MAX];
};

struct job {
	struct job *next;
	enum job_kind kind;
	struct loop *loop;	/* the loop that gets the answer; NULL: none does */
	uint64_t link;		/* of that loop (link.h) */
	size_t size;		/* bytes of this memory, which the queue counts */
	enum err err;		/* answer */
	uint64_t committed_seq; /* answer to BATCH */
	uint64_t *stopped;	/* BATCH: the writer's note in its link's slot (struct link_slot) */
	bool is_stopper;	/* the transaction under way wrote that note for this job */
	int64_t wall_us;
	uint8_t order_id[STORE_ID];
	union {
		struct log_batch batch; /* blob points into bytes */
		struct job_about about;
		struct job_presence presence;
		struct job_hold hold;
		struct notice notice;
		uint8_t device[STORE_ID];
		unsigned id_count;
	} u;
	/* JOB_BATCH: the blob. JOB_HEARD, JOB_SENT: the ids. JOB_ENROLL, JOB_RENEW, JOB_OBJECT: their struct. */
	_Alignas(16) uint8_t bytes[];
};

/* A new job of zeros, with room for `len` bytes. Release it with free(3). NULL: out of memory. */
struct job *job_new(enum job_kind kind, size_t len);

#define JOB_QUEUE_BYTES_MAX (64u << 20) /* above it loops stop reading; jobs that are under way are still taken */

struct job_queue {
	pthread_mutex_t mutex;
	pthread_cond_t filled;
	struct job *first, **last;
	size_t bytes;
	bool closed;
};

void job_queue_init(struct job_queue *q);

/* Append a job and take it over; a closed queue frees it. Returns the bytes that wait now; see JOB_QUEUE_BYTES_MAX. */
size_t job_queue_put(struct job_queue *q, struct job *job);
size_t job_queue_bytes(struct job_queue *q);

/*
 * Take the first jobs, up to about `bytes_max`, as a list in order. It waits until there is a job. NULL: there was none
 * until until_wall_us (0: no limit), or the queue is closed and empty.
 */
struct job *job_queue_take(struct job_queue *q, size_t bytes_max, int64_t until_wall_us);

/* Take no more jobs, and wake the thread that waits. Jobs in the queue can still be taken. */
void job_queue_close(struct job_queue *q);
bool job_queue_closed(struct job_queue *q);
