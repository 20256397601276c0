/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connections of one kind share: which end we are, whom we trust, who we are, and what is spoken. Make one
 * struct tls_conf, then any number of connections over it (agent/base/tls/tls_end.h).
 *
 * TLS 1.2 is spoken with mbedTLS 2.28, TLS 1.3 also with 3.6. There is one list of curves and one list of suites, both
 * in tls_conf.c.
 *
 * A configuration and its connections belong to one thread: the library keeps tables inside of keys. It is counted:
 * each connection holds it, and whoever made it lets go of it with tls_conf_drop, at any time.
 *
 * Memory: about 8 kB, allocated when it is made.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_cert.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_SERVER_NAME_MAX 256
#define TLS_SESSION_MAX 4096 /* a session, serialized */

struct tls_conf;
struct tls_end;

/* Roles and proofs have the library's numbers. */
enum tls_role { TLS_CLIENT, TLS_SERVER };

enum tls_peers {
	TLS_PEERS_OURS,	  /* both ends are Caltrop: ECDHE-ECDSA with AEAD only */
	TLS_PEERS_ANYONE, /* people's programs and certificates: every suite that the library has */
};

/* What the peer must show. */
enum tls_proof {
	TLS_PROOF_NONE,	    /* nothing is asked for */
	TLS_PROOF_JUDGED,   /* the handshake goes on in any case; tls_end_faults says what was wrong */
	TLS_PROOF_REQUIRED, /* a certificate that is in order, or the handshake fails */
};

struct tls_conf_setup {
	enum tls_role role;
	enum tls_peers peers;
	enum tls_proof proof;
	const char *const *alpn; /* protocols, a NULL behind the last; must stay. NULL: none */

	/* All PEM has a NUL behind it that is not counted. Empty: none. Nothing has to stay. */
	struct str ca_pem;	      /* roots that are trusted */
	struct str cert_pem, key_pem; /* who we are, the leaf first */

	/* Of a client. */
	const char *server_name;   /* host name or address that the certificate must be for */
	const uint8_t *pin_sha256; /* of a root that the server sends: it is trusted, too. NULL: none */
	bool clockless;		   /* "not valid yet" is forgiven to a clock before NOW_EARLIEST_S (now.h) */
};

/* Which part of a setup is to blame. */
enum tls_part {
	TLS_PART_NONE, /* memory */
	TLS_PART_CA,
	TLS_PART_CERT,
	TLS_PART_KEY,
	TLS_PART_PAIR, /* the key does not belong to the certificate */
};

/* ERR_NO_MEMORY; ERR_CORRUPT and ERR_TOO_LONG (a server's name): *wrong, which may be NULL, is the part to blame. */
ERR_CHECK enum err tls_conf_new(const struct tls_conf_setup *setup, struct tls_conf **out, enum tls_part *wrong);

/* Let go of it; NULL does nothing. */
void tls_conf_drop(struct tls_conf *conf);

/* When our own certificate is valid, seconds since 1970; false: we have none. */
bool tls_conf_validity(const struct tls_conf *conf, int64_t *not_before_s, int64_t *not_after_s);

/* Trust the roots in this file as well. What cannot be read or parsed is passed over. */
void tls_conf_trust_file(struct tls_conf *conf, const char *path);

/* Show this certificate (DER) behind our own. ERR_CORRUPT, ERR_NO_MEMORY. */
ERR_CHECK enum err tls_conf_show(struct tls_conf *conf, struct str der);

/* Whether we show our own certificate alone, and this authority (DER) issued it, going by the names. */
bool tls_conf_lacks(const struct tls_conf *conf, struct str der);

/* -- of a server -- */

/*
 * Have each certificate of a client's chain judged, the root first; the leaf has depth 0. *faults is what was found
 * wrong (TLS_CERT_*) and what will count. `peer` is the connection's.
 */
void tls_conf_judge(struct tls_conf *conf,
		    void (*judge)(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults));

/* Tickets: RFC 5077; RFC 8446 4.6.1. */

/* Take and give tickets that the library seals with keys in its memory, which live for life_s. ERR_NO_MEMORY. */
ERR_CHECK enum err tls_conf_tickets(struct tls_conf *conf, uint32_t life_s);

/* Tickets that the user seals. Both are called during a handshake of `end`; `peer` is the connection's. */
struct tls_tickets {
	void *context;
	uint32_t hint_s; /* the life that clients are told */
	/*
	 * Write a ticket for the session. `faults` is what was wrong with the peer's certificate. Any error: the peer
	 * gets a ticket that opens nothing, because TLS 1.3 wants one.
	 */
	enum err (*seal)(const struct tls_tickets *t, const struct tls_end *end, struct str session, struct buf *out);
	/*
	 * The session in a ticket, whose bytes may be used up. ERR_EXPIRED or any other error: a full handshake
	 * follows. It may also follow when all was well: tls_end_resumed is true only for a session that was resumed.
	 */
	enum err (*open)(const struct tls_tickets *t, const struct tls_end *end, struct buf *ticket,
			 struct buf *session);
};

/* `tickets` must stay. */
void tls_conf_seal_tickets(struct tls_conf *conf, const struct tls_tickets *tickets);
