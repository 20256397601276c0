/* SPDX-License-Identifier: Apache-2.0 */
/* The functions that TLS calls: whether a certificate is good, what a ticket holds, and what a ticket held. */
#include "server-stub/gateway/link_tls.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX 16384

static bool read_identity(const struct tls_cert *cert, struct ticket_identity *out)
{
	char dn[TLS_CERT_SUBJECT_MAX];

	if (tls_cert_subject(cert, dn) == 0 || !fleet_issue_device(dn, out->device))
		return false;
	if (cert->serial.len != sizeof(out->serial))
		return false;
	memcpy(out->serial, cert->serial.data, sizeof(out->serial));
	out->not_after_s = cert->not_after_s;
	return true;
}

static void judge(void *of, const struct tls_cert *cert, int depth, uint32_t *faults)
{
	struct link_tls_peer *peer = of;

	if (depth == 0) {
		peer->has_ticket = false;
		peer->has_certificate = read_identity(cert, &peer->identity);
		if (!peer->has_certificate)
			*faults |= TLS_CERT_OTHER;
		/* Devices sleep, and come back late: the registry decides whether they may, see link_registry. */
		else if (clock_wall_s() <= peer->identity.not_after_s + peer->tls->grace_s)
			*faults &= ~TLS_CERT_EXPIRED;
	}
	peer->faults |= *faults;
}

bool link_tls_knows(const struct tls_end *end)
{
	const struct link_tls_peer *peer = tls_end_peer(end);

	return tls_end_resumed(end) ? peer->has_ticket : peer->has_certificate;
}

static enum err seal_ticket(const struct tls_tickets *t, const struct tls_end *end, struct str session, struct buf *out)
{
	const struct link_tls *tls = t->context;
	const struct link_tls_peer *peer = tls_end_peer(end);
	const struct ticket_seal seal = {session, &peer->identity, clock_wall_s()};
	const char *protocol = tls_end_alpn(end);

	if (!protocol || strcmp(protocol, LINK_TLS_ALPN) != 0 || !link_tls_knows(end) || peer->faults != 0 ||
	    tls_end_faults(end) != 0)
		return ERR_DENIED;
	return ticket_seal(tls->keys, &seal, out);
}

static enum err open_ticket(const struct tls_tickets *t, const struct tls_end *end, struct buf *ticket,
			    struct buf *session)
{
	const struct link_tls *tls = t->context;
	struct link_tls_peer *peer = tls_end_peer(end);
	const struct ticket_open open = {(uint8_t *)ticket->data, ticket->len, clock_wall_s()};
	enum err err = ticket_open(tls->keys, &open, session, &peer->identity);

	peer->has_ticket = err == ERR_OK;
	return err;
}

/* A file of PEM, with a NUL behind it. */
static enum err read_pem(const char *dir, const char *name, char text[PEM_MAX], char *error)
{
	size_t len;
	enum err err = fleet_file_read((struct fleet_file){dir, name}, text, PEM_MAX, &len);

	if (err != ERR_OK)
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s/%s: %s", dir, name, err_text(err));
	return err;
}

static void blame(const char *dir, enum tls_part part, char *error)
{
	static const char *const wrongs[] = {
		[TLS_PART_CA] = "ca.pem is not a certificate in PEM",
		[TLS_PART_CERT] = "server.pem is not a certificate in PEM",
		[TLS_PART_KEY] = "server_key.pem is not a private key in PEM",
		[TLS_PART_PAIR] = "server_key.pem is not the key of server.pem",
	};

	if (part != TLS_PART_NONE)
		snprintf(error, LINK_TLS_ERROR_MAX, "%.200s/%s", dir, wrongs[part]);
}

static enum err configure(struct link_tls *tls, const struct tls_conf_setup *setup, const char *dir, char *error)
{
	uint8_t root[KEY_CERT_MAX];
	size_t len;
	enum tls_part wrong;
	enum err err = tls_conf_new(setup, &tls->conf, &wrong);

	blame(dir, wrong, error);
	if (err == ERR_OK)
		tls_conf_judge(tls->conf, judge);
	/* The root goes along: a device that joins knows it by its hash only. */
	if (err == ERR_OK)
		err = key_from_pem("CERTIFICATE", setup->ca_pem.data, root, sizeof(root), &len);
	if (err == ERR_OK)
		err = tls_conf_show(tls->conf, (struct str){(char *)root, len});
	if (err == ERR_OK)
		tls_conf_seal_tickets(tls->conf, &tls->tickets);
	return err;
}

static enum err load(struct link_tls *tls, const char *dir, char *error)
{
	static const char *const alpn[] = {LINK_TLS_ALPN, LINK_TLS_ALPN_ENROLL, NULL};
	char cert[PEM_MAX], key[PEM_MAX], ca[PEM_MAX];
	enum err err = read_pem(dir, "server.pem", cert, error);

	if (err == ERR_OK)
		err = read_pem(dir, "ca.pem", ca, error);
	if (err == ERR_OK)
		err = read_pem(dir, "server_key.pem", key, error);
	if (err != ERR_OK)
		return err;
	/* Those that enrol have no certificate; link_session.c wants the others' once the protocol is known. */
	err = configure(tls,
			&(struct tls_conf_setup){.role = TLS_SERVER,
						 .peers = TLS_PEERS_OURS,
						 .proof = TLS_PROOF_JUDGED,
						 .alpn = alpn,
						 .ca_pem = str_from(ca),
						 .cert_pem = str_from(cert),
						 .key_pem = str_from(key)},
			dir, error);
	key_wipe(key, sizeof(key));
	return err;
}

enum err link_tls_open(const struct link_tls_setup *setup, struct link_tls **out, char error[LINK_TLS_ERROR_MAX])
{
	struct link_tls *tls = calloc(1, sizeof(*tls));
	enum err err;

	*out = NULL;
	snprintf(error, LINK_TLS_ERROR_MAX, "%s", err_text(ERR_NO_MEMORY));
	if (!tls)
		return ERR_NO_MEMORY;
	tls->keys = setup->tickets;
	tls->grace_s = setup->grace_s;
	tls->tickets = (struct tls_tickets){tls, TICKET_HINT_S, seal_ticket, open_ticket};
	err = load(tls, setup->dir, error);
	if (err == ERR_OK)
		*out = tls;
	else
		link_tls_close(tls);
	return err;
}

void link_tls_close(struct link_tls *tls)
{
	if (!tls)
		return;
	tls_conf_drop(tls->conf);
	free(tls);
}
