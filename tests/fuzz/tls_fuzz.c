/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes from outside into either end of TLS, before anybody is known. The first byte says which:
 *
 *  - bytes of a stranger without any key, into a client or a server, in pieces of the size in the second byte;
 *  - somebody on the wire between a device and the service, who changes, drops, doubles and puts in bytes of either
 *    direction. The rest of the input are his edits of four bytes: what, where (two bytes), and how.
 *
 * What must hold: a stranger never gets through a handshake that asks for a certificate, and no client takes him for
 * its service. Whatever happens on the wire, what one end reads the other has written, in that order; who has been let
 * in is the device. When it is over it stays over, and a text says why. Random bytes depend on the input alone.
 */
#include "agent/base/tls/tls_end.h"

#include "agent/base/key.h"
#include "agent/base/require.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define PIPE_MAX 65536
#define PEM_MAX 2048
#define EDITS_MAX 16
#define WALL_S 1790000000 /* 2026 */
#define FROM_S 946684800  /* 2000 */
#define TO_S 2493072000	  /* 2049 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum mode { TO_CLIENT = 1, AT_PEOPLES = 2, ON_THE_WIRE = 4, RESUMED = 8 };

static const char *const alpn[] = {"caltrop/1", NULL};
static const char said[] =
	"what one end has written, the other reads, in order and unchanged; nothing else is ever read";
static struct tls_conf *client_conf, *service_conf, *people_conf;
static uint64_t random_state;

/* The C library's, for this program: an input that crashes does so again. */
ssize_t getrandom(void *out, size_t len, unsigned flags)
{
	uint8_t *bytes = out;

	(void)flags;
	for (size_t i = 0; i < len; i++) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		bytes[i] = (uint8_t)(random_state >> 56);
	}
	return (ssize_t)len;
}

/* -- who is who -- */

struct identity {
	struct key_der key;
	char cert_pem[PEM_MAX], key_pem[PEM_MAX];
};

static void issue(struct identity *id, enum key_cert_kind kind, const char *subject, const struct identity *by)
{
	static const char *const names[] = {"service.test", NULL};
	struct key_der public_key;
	uint8_t cert[KEY_CERT_MAX];
	size_t len;

	require(key_generate(key_random_kernel, &id->key) == ERR_OK && key_public(&id->key, &public_key) == ERR_OK);
	const struct key_cert_request request = {
		.kind = kind,
		.subject_key = &public_key,
		.issuer_key = &by->key,
		.subject = subject,
		.issuer = "CN=root",
		.serial = {1, 2},
		.not_before_s = FROM_S,
		.not_after_s = TO_S,
		.dns_names = kind == KEY_CERT_SERVER ? names : NULL,
	};

	require(key_cert(&request, key_random_kernel, cert, &len) == ERR_OK);
	require(key_pem("CERTIFICATE", cert, len, id->cert_pem, PEM_MAX) == ERR_OK);
	require(key_pem("EC PRIVATE KEY", id->key.bytes, id->key.len, id->key_pem, PEM_MAX) == ERR_OK);
}

static struct tls_conf *conf_of(enum tls_role role, enum tls_peers peers, const struct identity *id,
				const struct identity *root)
{
	struct tls_conf *conf;
	const struct tls_conf_setup setup = {
		.role = role,
		.peers = peers,
		.proof = peers == TLS_PEERS_ANYONE ? TLS_PROOF_NONE : TLS_PROOF_REQUIRED,
		.alpn = peers == TLS_PEERS_ANYONE ? NULL : alpn,
		.server_name = role == TLS_CLIENT ? "service.test" : NULL,
		.ca_pem = str_from(root->cert_pem),
		.cert_pem = str_from(id->cert_pem),
		.key_pem = str_from(id->key_pem),
	};

	require(tls_conf_new(&setup, &conf, NULL) == ERR_OK);
	if (role == TLS_SERVER)
		require(tls_conf_tickets(conf, 600) == ERR_OK);
	return conf;
}

static void prepare(void)
{
	static struct identity root, service, device;

	if (client_conf)
		return;
	issue(&root, KEY_CERT_CA, "CN=root", &root);
	issue(&service, KEY_CERT_SERVER, "CN=service", &root);
	issue(&device, KEY_CERT_DEVICE, "CN=device", &root);
	client_conf = conf_of(TLS_CLIENT, TLS_PEERS_OURS, &device, &root);
	service_conf = conf_of(TLS_SERVER, TLS_PEERS_OURS, &service, &root);
	people_conf = conf_of(TLS_SERVER, TLS_PEERS_ANYONE, &service, &root);
}

/* -- one end, and the wire behind it -- */

struct side {
	struct tls_end *end;
	enum tls_step step;
	bool cut_off;
	size_t written, read; /* of `said` */
	uint8_t out[PIPE_MAX];
	size_t out_len, carried;
};

static int put(void *context, const void *bytes, size_t len)
{
	struct side *s = context;
	size_t room = PIPE_MAX - s->out_len;

	if (room == 0)
		return -1;
	len = len < room ? len : room;
	memcpy(s->out + s->out_len, bytes, len);
	s->out_len += len;
	return (int)len;
}

static void side_open(struct side *s, struct tls_conf *conf)
{
	memset(s, 0, offsetof(struct side, out));
	s->out_len = s->carried = 0;
	s->end = tls_end_new(conf, (struct tls_out){put, s}, s);
	require(s->end && tls_end_begin(s->end, WALL_S) == ERR_OK);
	s->step = tls_end_shake(s->end);
}

static void check_over(struct side *s)
{
	char why[TLS_WHY_MAX];
	size_t got;

	require(tls_end_shake(s->end) == s->step && tls_end_read(s->end, why, sizeof(why), &got) == s->step);
	memset(why, 'x', sizeof(why));
	tls_end_why(s->end, why);
	require(memchr(why, '\0', sizeof(why)) && (why[0] || s->step == TLS_CLOSED || s->cut_off));
}

/* Turn the crank until the end wants more; what it reads is what the other has written. */
static void turn(struct side *s, const struct side *other)
{
	char out[64];
	size_t got, taken;

	while ((s->step = tls_end_read(s->end, out, sizeof(out), &got)) == TLS_DONE) {
		require(got > 0 && got <= sizeof(out) && other && s->read + got <= other->written);
		require(memcmp(out, said + s->read, got) == 0);
		s->read += got;
	}
	if (s->step == TLS_WAIT_READ && tls_end_shake(s->end) == TLS_DONE && s->written < sizeof(said)) {
		struct str rest = {said + s->written, sizeof(said) - s->written};

		rest.len = rest.len < 40 ? rest.len : 40;
		if (tls_end_write(s->end, rest, &taken) == TLS_DONE)
			s->written += taken;
	}
	if (s->step == TLS_FAILED || s->step == TLS_CLOSED)
		check_over(s);
}

/* Nothing comes any more. */
static void cut_off(struct side *s, const struct side *other)
{
	s->cut_off = true;
	tls_end_hung_up(s->end, NULL);
	turn(s, other);
	require(s->step == TLS_FAILED || s->step == TLS_CLOSED);
}

/* A copy of exactly this size, so that a sanitizer sees one byte too far. */
static void feed(struct side *s, const struct side *other, struct str bytes)
{
	char *copy = malloc(bytes.len ? bytes.len : 1);

	require(copy != NULL);
	memcpy(copy, bytes.data, bytes.len);
	tls_end_feed(s->end, (struct str){copy, bytes.len});
	turn(s, other);
	require(s->step != TLS_WAIT_READ || tls_end_fed(s->end) == 0);
	/* Its memory ends here, and so does whatever was left of it. */
	tls_end_feed(s->end, STR_NONE);
	free(copy);
}

static bool is_over(const struct side *s)
{
	return s->step == TLS_FAILED || s->step == TLS_CLOSED;
}

/* -- a stranger -- */

static void from_a_stranger(unsigned mode, struct str bytes, size_t piece)
{
	static struct side s;
	bool people = !(mode & TO_CLIENT) && mode & AT_PEOPLES;

	side_open(&s, mode & TO_CLIENT ? client_conf : people ? people_conf : service_conf);
	while (bytes.len && !is_over(&s)) {
		struct str part = str_sub(bytes, 0, piece);

		feed(&s, NULL, part);
		bytes = str_sub(bytes, part.len, SIZE_MAX);
	}
	if (!is_over(&s)) {
		require(people || tls_end_shake(s.end) == TLS_WAIT_READ);
		cut_off(&s, NULL);
	}
	tls_end_free(s.end);
}

/* -- somebody on the wire -- */

struct edits {
	struct str rest; /* of the input, four bytes each, of which the first EDITS_MAX count */
	size_t piece;
	bool cut;
};

/* What becomes of the bytes [at, at + len) that `from` has sent; into out, how many. */
static size_t edit(struct edits *e, const struct side *from, bool of_client, uint8_t out[2 * PIPE_MAX])
{
	size_t at = from->carried, len = from->out_len - at, made = 0;

	len = len < e->piece ? len : e->piece;
	memcpy(out, from->out + at, made = len);
	for (size_t i = 0; i + 4 <= e->rest.len && i < EDITS_MAX * 4; i += 4) {
		const uint8_t *how = (const uint8_t *)e->rest.data + i;
		size_t where = (size_t)how[1] << 8 | how[2], back = how[3] + 1u;

		if ((how[0] & 1) != of_client || where < at || where - at >= made || where >= at + len)
			continue;
		where -= at;
		switch (how[0] >> 1 & 7) {
		case 0: out[where] ^= how[3]; break;
		case 1: out[where] = how[3]; break;
		case 2: /* one more */
			memmove(out + where + 1, out + where, made++ - where);
			out[where] = how[3];
			break;
		case 3: /* one less */ memmove(out + where, out + where + 1, --made - where); break;
		case 4: /* the end is never seen */ made = where; break;
		case 5: /* once more what has been sent before */
			back = back < at ? back : at;
			memcpy(out + made, from->out + at - back, back);
			made += back;
			break;
		default: e->cut = true; return where;
		}
	}
	return made;
}

static size_t carry(struct edits *e, struct side *from, struct side *to, bool of_client)
{
	static uint8_t bytes[2 * PIPE_MAX + EDITS_MAX * 256];
	size_t before = from->carried, len;

	if (from->out_len == before || is_over(to))
		return 0;
	len = edit(e, from, of_client, bytes);
	from->carried += from->out_len - before < e->piece ? from->out_len - before : e->piece;
	if (len)
		feed(to, from, (struct str){(const char *)bytes, len});
	return from->carried - before;
}

/* Both talk until nothing moves any more. */
static void talk(struct edits *e, struct side *client, struct side *service)
{
	size_t moved;

	do {
		moved = carry(e, client, service, true);
		moved += carry(e, service, client, false);
	} while (moved && !e->cut);
}

static void check_pair(const struct side *client, const struct side *service)
{
	char subject[TLS_CERT_SUBJECT_MAX];
	struct tls_cert cert;

	if (client->read > 0 || client->written > 0)
		require(tls_end_faults(client->end) == 0 && tls_end_alpn(client->end));
	if (service->read > 0 && !tls_end_resumed(service->end)) {
		require(tls_end_faults(service->end) == 0);
		if (tls_end_certificate(service->end, 0, &cert))
			require(tls_cert_subject(&cert, subject) && strcmp(subject, "CN=device") == 0);
	}
}

static void on_the_wire(unsigned mode, struct str bytes, size_t piece)
{
	static struct side client, service;
	struct edits edits = {bytes, piece, false}, none = {STR_NONE, SIZE_MAX, false};

	side_open(&client, client_conf);
	side_open(&service, service_conf);
	if (mode & RESUMED) {
		struct tls_end *end = client.end;

		talk(&none, &client, &service);
		require(client.read == sizeof(said) && service.read == sizeof(said));
		tls_end_close(end);
		tls_end_free(service.end);
		side_open(&service, service_conf);
		memset(&client, 0, offsetof(struct side, out));
		client.end = end;
		client.out_len = client.carried = 0;
		require(tls_end_begin(end, WALL_S) == ERR_OK);
		client.step = tls_end_shake(end);
	}
	talk(&edits, &client, &service);
	check_pair(&client, &service);
	if (bytes.len < 4)
		require(client.read == sizeof(said) && service.read == sizeof(said));
	cut_off(&client, &service);
	tls_end_close(service.end);
	tls_end_free(client.end);
	tls_end_free(service.end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest;
	size_t piece;

	random_state = 1;
	prepare();
	if (size < 2)
		return 0;
	rest = (struct str){(const char *)data + 2, size - 2};
	piece = data[1] ? data[1] : SIZE_MAX;
	for (size_t i = 0; i < size; i++)
		random_state = (random_state ^ data[i]) * 1099511628211u;
	if (data[0] & ON_THE_WIRE)
		on_the_wire(data[0], rest, piece);
	else
		from_a_stranger(data[0], rest, piece);
	return 0;
}
