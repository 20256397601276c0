/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's half of the session with the service (proto/caltrop/v1/link.proto), between the spool and TLS. It gets
 * the bytes that TLS decrypted, and gives out effects, among them frames for TLS to encrypt. It does Hello and Welcome,
 * sends records in batches within the service's window until they are acknowledged, keeps the connection alive, waits
 * before it connects again, receives orders, and renews the certificate. Pure: it never waits, and after uplink_init()
 * it allocates only from its own arena (arena.h).
 *
 * After each call the caller takes effects by uplink_take() until that returns false, and carries them out.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/hash.h"
#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/common/message.h"
#include "agent/spool/spool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What Hello says about the device. It must outlive the uplink. */
struct uplink_about {
	const char *version, *hostname, *kernel, *arch;
	const char *const *features; /* ended by NULL */
	uint8_t boot_id[16];
	uint8_t run_id[16]; /* random, new at each start of the guard: two guards with one identity differ by it */
	int64_t boot_wall_us;
};

#define UPLINK_FEED_MAX 16384		  /* bytes of one uplink_feed() */
#define UPLINK_FRAME_MAX 16384		  /* bytes of a message to the device; a longer one ends the session */
#define UPLINK_BATCH_MAX 61440		  /* bytes of one batch; the service may ask for less */
#define UPLINK_PENDING_MAX 65536	  /* no batch is made while the transport still has more bytes to send */
#define UPLINK_ANSWER_US (60 * SECOND_US) /* the session ends when the service does not answer within this time */

enum uplink_action {
	UPLINK_CONNECT = 1, /* connect by TCP and TLS, then call uplink_connected() or uplink_disconnected() */
	UPLINK_SEND,	    /* write `bytes`, whole frames, to TLS */
	UPLINK_CLOSE,	    /* close the connection, because of `text`; uplink_disconnected() need not be called */
	UPLINK_ORDER,	    /* give `order` to the core as INPUT_ORDER */
	UPLINK_ACKED,	    /* for information: the service has acknowledged records up to `seq` */
	UPLINK_MAKE_CSR,    /* the certificate is to be renewed: make a key and call uplink_csr() */
	UPLINK_CERTIFICATE, /* save the renewed certificate beside the old one, then connect again with it */
	UPLINK_TRUST,	    /* give `bytes`, a sealed trust bundle (proto/bundle.h), to the actor */
	UPLINK_REVOKED,	    /* the registry says that this device is revoked: report `text` in health */
	UPLINK_OBJECT,	    /* give `object` to the actor, and its answer to uplink_objects_answer() */
	UPLINK_IMMUNITY,    /* give `act` to the actor: its group has banned an address */
	UPLINK_CLOCK,	    /* `seq` is the service's clock, microseconds since 1970 */
};

/* What the caller is to do. Pointers are valid until the next call. */
struct uplink_effect {
	enum uplink_action action;
	struct str bytes;		   /* SEND, TRUST */
	const struct actor_order *order;   /* ORDER */
	const struct actor_act *act;	   /* IMMUNITY: its header is the caller's */
	const struct actor_object *object; /* OBJECT: its header is the caller's */
	const struct str *certificates;	   /* CERTIFICATE: DER, the leaf first; ended by an empty one, at most 4 */
	uint64_t seq;			   /* ACKED, CLOCK */
	const char *text;		   /* CLOSE, REVOKED: a sentence */
};

struct uplink_health {
	bool welcome;		 /* the service has sent its Welcome: the session is up */
	uint32_t attempts;	 /* tries to connect since the last Welcome */
	int64_t next_connect_us; /* CLOCK_BOOTTIME */
	uint64_t sent_seq, acked_seq;
	uint64_t frames_in, frames_out, welcomes;
	char last_error[128];
};

struct uplink;

/* Bytes of memory for uplink_init(). */
size_t uplink_size(void);

/*
 * Make an uplink in memory of uplink_size() bytes, aligned to 16. Memory, spool and about must outlive it. `jitter` is
 * random; it makes the waits of devices differ. The uplink does nothing before uplink_start().
 */
struct uplink *uplink_init(void *memory, struct spool *spool, const struct uplink_about *about, struct hash_key jitter);

/* Begin to connect, the first time at once. Also called after UPLINK_REVOKED, with a new identity. */
void uplink_start(struct uplink *u, struct now now);

/* Stop until the next uplink_start(). The caller closes the connection. */
void uplink_stop(struct uplink *u);

/* Say that UPLINK_CONNECT has succeeded. */
void uplink_connected(struct uplink *u, struct now now);

/* Say that UPLINK_CONNECT has failed or the connection was lost. `why` is a sentence, and is copied. */
void uplink_disconnected(struct uplink *u, const char *why, struct now now);

/*
 * Feed decrypted bytes, at most UPLINK_FEED_MAX. Take effects until there are none before feeding more. When the
 * service breaks the protocol, the effect is UPLINK_CLOSE, and the uplink connects again later.
 */
void uplink_feed(struct uplink *u, struct str bytes, struct now now);

/* Say that the spool has new records. They are sent by the next uplink_take() that the window allows. */
void uplink_wake(struct uplink *u, struct now now);

/* Say how many bytes of UPLINK_SEND the transport has not sent yet (UPLINK_PENDING_MAX). */
void uplink_pending(struct uplink *u, size_t bytes);

/* Give the validity of the certificate in use, in seconds since 1970 (renewal.h). */
void uplink_validity(struct uplink *u, int64_t not_before_s, int64_t not_after_s);

/* Give the version of the trust bundle in force, 0: none. Hello says it, so the service sends a newer one. */
void uplink_trust_version(struct uplink *u, uint64_t version);

/* Send a certificate request (DER), as the answer to UPLINK_MAKE_CSR. */
void uplink_csr(struct uplink *u, struct str csr, struct now now);

/* Tell the service that the actor has got the order with this identifier (OrderSeen). */
void uplink_order_seen(struct uplink *u, const uint8_t order_id[16], struct now now);

/* Take the next effect. False: there is none. */
bool uplink_take(struct uplink *u, struct uplink_effect *effect);

/* Connect, give up waiting for an answer, renew or keep alive, whichever is due. */
void uplink_tick(struct uplink *u, struct now now);

/* When to call uplink_tick() next, CLOCK_BOOTTIME in microseconds; INT64_MAX: no need. */
int64_t uplink_deadline(const struct uplink *u);

/* Write the state of the session and its counters. */
void uplink_health(const struct uplink *u, struct uplink_health *out);

/*
 * Objects (object_in.h, object_out.h), of builds with CONFIG_OBJECTS. They are sent and fetched when nothing else is to
 * be sent. uplink_objects_open() names the directory where their files are; without it there are none. The disk must
 * outlive the uplink; of its syncs only the end is reported.
 */
struct uplink_objects_setup {
	const struct spool_disk *disk;
	uint64_t bytes_max; /* of one object of the service */
	uint32_t rate;	    /* bytes per second, each way */
};

struct uplink_objects_health {
	uint64_t kept, refused, restarted, bytes_in, disorder; /* of the service's objects */
	uint64_t sent, unsent, damaged, bytes_out;	       /* of this device's; unsent: refused by the service */
	const char *problem[2];				       /* sentences about the last one each way; "": none */
};

void uplink_objects_open(struct uplink *u, const struct uplink_objects_setup *setup);
void uplink_objects_answer(struct uplink *u, const struct actor_object_answer *answer, struct now now);
void uplink_objects_synced(struct uplink *u);

/* Say that there may be a new file to send. */
void uplink_objects_look(struct uplink *u);
void uplink_objects_health(const struct uplink *u, struct uplink_objects_health *out);
