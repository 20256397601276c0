/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration that connections of one kind share: the role, the trusted roots, the own certificate and the
 * protocols. A program makes one struct tls_conf, then any number of connections with it (agent/base/tls/tls_end.h).
 *
 * With mbedTLS 2.28 both ends use TLS 1.2 (RFC 5246); with 3.6, TLS 1.3 (RFC 8446) where the peer can. Cipher suites
 * are AEAD only. tls_conf.c has the one list of curves and the lists of cipher suites.
 *
 * A configuration and its connections must stay in one thread, because the library keeps tables inside of keys. The
 * configuration counts its users: it lives until its maker has called tls_conf_drop() and its last connection is freed.
 *
 * Memory: tls_conf_new() allocates about 8 kB.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tls/tls_cert.h"

#include <stdbool.h>
#include <stdint.h>

#define TLS_SERVER_NAME_MAX 256
#define TLS_SESSION_MAX 4096 /* bytes of a serialized session */

struct tls_conf;
struct tls_end;

/* Roles and proofs have the library's numbers. */
enum tls_role { TLS_CLIENT, TLS_SERVER };

enum tls_peers {
	TLS_PEERS_OURS,	  /* both ends are Caltrop: only ECDHE-ECDSA with AEAD */
	TLS_PEERS_ANYONE, /* the peer is any program: also ECDHE-RSA, because its certificate may be of another kind */
};

/* Which certificate the peer must show. */
enum tls_proof {
	TLS_PROOF_NONE,	    /* none: the peer is not asked for one */
	TLS_PROOF_JUDGED,   /* any: the handshake goes on, and tls_end_faults() says what is wrong with it */
	TLS_PROOF_REQUIRED, /* one without faults: otherwise the handshake fails */
};

struct tls_conf_setup {
	enum tls_role role;
	enum tls_peers peers;
	enum tls_proof proof;
	const char *const *alpn; /* protocols (RFC 7301), ended by NULL; must outlive the configuration. NULL: none */

	/*
	 * A NUL that is not counted must follow each PEM text. Empty: none. The texts are read by tls_conf_new() only.
	 */
	struct str ca_pem;	      /* the trusted roots */
	struct str cert_pem, key_pem; /* the own certificates, the leaf first, and the leaf's key */

	/* For a client only. */
	const char *server_name;   /* the host name or address that the server's certificate must be for */
	const uint8_t *pin_sha256; /* SHA-256 of one more trusted root, which the server sends. NULL: none */
	bool clockless;		   /* while the clock is before NOW_EARLIEST_S (now.h), ignore TLS_CERT_FUTURE */
};

/* Which part of a setup is wrong. */
enum tls_part {
	TLS_PART_NONE, /* none: memory ran out, or the server's name is too long */
	TLS_PART_CA,
	TLS_PART_CERT,
	TLS_PART_KEY,
	TLS_PART_PAIR, /* the key does not belong to the certificate */
};

/*
 * Make a configuration. ERR_CORRUPT: the part *wrong of the setup does not parse or does not fit; `wrong` may be NULL.
 * ERR_TOO_LONG: the server's name is too long. ERR_NO_MEMORY. After an error *out is NULL.
 */
ERR_CHECK enum err tls_conf_new(const struct tls_conf_setup *setup, struct tls_conf **out, enum tls_part *wrong);

/* Say that the maker needs the configuration no more. NULL does nothing. */
void tls_conf_drop(struct tls_conf *conf);

/* Write when the own certificate is valid, in seconds since 1970. False: there is no own certificate. */
bool tls_conf_validity(const struct tls_conf *conf, int64_t *not_before_s, int64_t *not_after_s);

/* Also trust the roots in this file. What cannot be read or parsed is left out. */
void tls_conf_trust_file(struct tls_conf *conf, const char *path);

/* Send this certificate (DER) after the own one. ERR_CORRUPT: it does not parse. ERR_NO_MEMORY. */
ERR_CHECK enum err tls_conf_show(struct tls_conf *conf, struct str der);

/* Whether only the own certificate is sent, and its issuer's name is the subject of this certificate (DER). */
bool tls_conf_lacks(const struct tls_conf *conf, struct str der);

/* -- for a server only -- */

/*
 * Call `judge` for each certificate of a client's chain, from the root to the leaf, which has depth 0. *faults is what
 * the library found wrong (TLS_CERT_*); `judge` may change it, and its value counts. `peer` is that of tls_end_new().
 */
void tls_conf_judge(struct tls_conf *conf,
		    void (*judge)(void *peer, const struct tls_cert *cert, int depth, uint32_t *faults));

/* A ticket lets a client resume its session later (RFC 5077, RFC 8446 4.6.1). */

/*
 * Give tickets to clients and accept them. The library seals them with keys in its memory. A key and a ticket are good
 * for life_s seconds. ERR_NO_MEMORY.
 */
ERR_CHECK enum err tls_conf_tickets(struct tls_conf *conf, uint32_t life_s);

/* Functions that seal and open tickets in place of the library's. They are called during a handshake of `end`. */
struct tls_tickets {
	void *context;
	uint32_t hint_s; /* seconds: the lifetime that is sent to clients */
	/*
	 * Write a ticket for the session. After an error the client gets a ticket that nobody can open, because TLS
	 * 1.3 requires one.
	 */
	enum err (*seal)(const struct tls_tickets *t, const struct tls_end *end, struct str session, struct buf *out);
	/*
	 * Write the session of a ticket. The function may overwrite the ticket's bytes. After ERR_EXPIRED or any other
	 * error a full handshake follows. It may also follow after ERR_OK: ask tls_end_resumed().
	 */
	enum err (*open)(const struct tls_tickets *t, const struct tls_end *end, struct buf *ticket,
			 struct buf *session);
};

/* Give tickets to clients and accept them by these functions, which must outlive the configuration. */
void tls_conf_seal_tickets(struct tls_conf *conf, const struct tls_tickets *tickets);
