/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection of a device: TCP, TLS, and above it a session (LINK_TLS_ALPN) or an enrolment. Only its loop's thread
 * uses it. Its own state is below 2 KiB; most of the memory of a connected device are the library's TLS buffers, which
 * are made at the first byte. Buffers for what cannot be written at once are made when needed, and are bounded.
 */
#pragma once

#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/say.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_bundle.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/gateway/clerk.h"
#include "server-stub/gateway/job.h"
#include "server-stub/gateway/link_tls.h"
#include "server-stub/gateway/loop.h"
#include "server-stub/gateway/offers.h"
#include "server-stub/gateway/presence.h"
#include "server-stub/gateway/session/session.h"
#include "server-stub/gateway/ticket.h"

#define LINK_HANDSHAKE_US (20 * SECOND_US)
#define LINK_HELLO_US (30 * SECOND_US)
#define LINK_ENROLL_US (30 * SECOND_US)
#define LINK_ENDING_US (3 * SECOND_US)
#define LINK_WRITING_MAX 65536	/* encrypted bytes handed to the kernel's queue */
#define LINK_BACKLOG_MAX 262144 /* bytes that wait to be handed over; beyond it the connection is closed */
#define LINK_ORDERS_KEPT 4	/* ids of the orders sent last; these are not sent again */
#define LINK_OBJECT_JOBS_MAX 4	/* messages about objects that the writer has of one link; more are dropped */
#define LINK_BUCKETS 16384	/* of the table of devices */
#define LINK_SOURCES 4096	/* counters of handshakes under way, by a hash of the address */
#define LINK_CIPHER_BYTES 65536
#define LINK_PLAIN_BYTES 16384 /* one TLS record */

/* What the links of all loops share; set up by gateway.c before any loop runs. */
struct link_shared {
	const struct fleet *fleet;
	const struct fleet_conf *conf;
	const char *store_path;
	struct ticket_keys *tickets;
	struct presence *presence;
	struct job_queue *writer;
	struct clerk *clerk;
	unsigned loop_count;
	struct links *loops[FLEET_CONF_LOOPS_MAX];
	_Atomic uint64_t handshakes, resumed, refused, enroll_refused;
	_Atomic uint64_t object_bytes_out, object_dropped;
};

enum link_state {
	LINK_SHAKING = 1,
	LINK_ENROLLING,
	LINK_UP,
	LINK_ENDING, /* the last bytes are being sent; what comes is dropped */
	LINK_CLOSED,
};

struct link {
	struct links *links;
	struct link *next, *previous; /* of all */
	struct link *next_paused;
	struct link *next_device; /* in the bucket */
	struct link *next_dirty;  /* of those whose session has effects to carry out after answers */
	uint64_t id;
	enum link_state state;
	bool half_open, entered, paused, dirty, hello_seen, heard;
	bool held;	 /* its device is to wait for approval: its hello is the last that is read */
	uint16_t source; /* of links->sources */
	uv_tcp_t tcp;
	struct tls_end *tls; /* made for the first byte */
	struct link_tls_peer peer;
	size_t writing;
	struct buf backlog; /* memory of its own */
	struct buf enroll;  /* memory of its own: the request so far */
	int64_t deadline_us;
	struct session *session;
	uint8_t orders[LINK_ORDERS_KEPT][STORE_ID];
	unsigned order_next;
	unsigned object_jobs; /* under way */
	uint64_t group;	      /* hash_name() of its device's, as it was when it connected */
	int64_t offer_us;     /* when the next object is offered; INT64_MAX: at its next word */
	char address[48];
};

/* What a link calls of the files above it. */
struct link_calls {
	/* The handshake is done: begin a session or an enrolment, or close. */
	void (*start)(struct link *link);
	/* Decrypted bytes. */
	void (*feed)(struct link *link, struct str bytes);
};

struct link_slot {
	struct link *link;
	uint32_t generation;
	/* The id of a link of which a batch was not stored: its later ones are not, either. Only the writer uses it. */
	uint64_t stopped;
};

/* All links of one loop, with the loop they are on and what they share there. Made by links.c. */
struct links {
	struct loop loop;
	struct link_shared *shared;
	const struct link_calls *calls;
	unsigned index; /* of shared->loops */
	uv_tcp_t listener;
	struct store *store; /* only read */
	int64_t known_us;    /* store_gap */
	struct link_tls *tls;
	struct offers offers;
	struct fleet_bundle bundle; /* what devices that have an older one are sent */
	struct session_scratch *scratch;
	struct hash_key source_key;
	struct say_limit limit;
	bool quiet;
	int64_t heard_us; /* when JOB_HEARD was last sent */

	unsigned link_count, links_max, half_open, tls_retired;
	struct link *all;    /* newest first */
	struct link *paused; /* not read from until the writer's queue is shorter */
	struct link_slot *slots;
	uint32_t *free_slots;
	unsigned free_count;
	struct link *devices[LINK_BUCKETS];
	uint16_t sources[LINK_SOURCES];
	char cipher[LINK_CIPHER_BYTES]; /* what was read from a socket */
	char plain[LINK_PLAIN_BYTES];	/* the same, decrypted */
};

/* A new link in a free slot, without a socket. Only when links->free_count is above 0. NULL: out of memory. */
struct link *link_new(struct links *links);

/* The link of that id; NULL: it was closed. */
struct link *link_by_id(struct links *links, uint64_t id);

/* Close the connection at once. The link must not be used afterwards; its memory is freed when libuv has closed it. */
void link_close(struct link *link);

/*
 * Count the link among the handshakes under way. False: on this loop its address has its share of
 * address_half_open_max, or all addresses together have too many. A /64 of IPv6 counts as one address. Without this
 * limit one address could take all places. Call link_leave_half_open when the handshake has ended, well or not.
 */
bool link_enter_half_open(struct link *link);
void link_leave_half_open(struct link *link);

/* -- link_bytes.c -- */

/* Encrypt and send bytes. The link may be closed when it returns. */
void link_send(struct link *link, struct str bytes);

/* Send what waits, then close. */
void link_end(struct link *link);

/* Stop reading from the link, and read again. */
void link_pause(struct link *link);
void link_resume(struct link *link);
