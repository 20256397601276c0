/* SPDX-License-Identifier: Apache-2.0 */
/* Connects, shakes hands, sends one frame, reads one. The token goes out only after the server has proven who it is. */
#include "agent/cli/enroll_talk.h"

#include "agent/base/clock.h"
#include "agent/cli/wire.h"
#include "proto/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

struct talk {
	const struct enroll_talk *question;
	struct wire wire;
	char *why;
	char frame[FRAME_HEADER + FRAME_BYTES_MAX];
};

static enum err complain(struct talk *t, enum err err, const char *why)
{
	snprintf(t->why, ENROLL_TALK_WHY_MAX, "%s", why);
	return err;
}

static enum err shake(struct talk *t)
{
	static const char *const alpn[] = {"caltrop-enroll/1", NULL};
	const struct enroll_factory *factory = t->question->factory;
	const struct str none = STR_NONE;
	const struct tls_conf_setup setup = {.role = TLS_CLIENT,
					     .peers = TLS_PEERS_OURS,
					     .proof = TLS_PROOF_REQUIRED,
					     .alpn = alpn,
					     .clockless = true,
					     .server_name = t->question->host,
					     .pin_sha256 = t->question->ca_sha256,
					     .cert_pem =
						     factory ? (struct str){factory->cert, factory->cert_len} : none,
					     .key_pem = factory ? (struct str){factory->key, factory->key_len} : none};
	struct tls_conf *conf;

	if (tls_conf_new(&setup, &conf, NULL) != ERR_OK)
		return complain(t, ERR_NO_MEMORY, "out of memory");
	enum err err = wire_shake(&t->wire, conf);

	tls_conf_drop(conf);
	return err ? complain(t, err, t->wire.why) : ERR_OK;
}

/* Lay the question into t->frame; its length, 0: too long. */
static size_t pack(struct talk *t)
{
	Caltrop__V1__EnrollRequest request = CALTROP__V1__ENROLL_REQUEST__INIT;
	Caltrop__V1__ToServer message = CALTROP__V1__TO_SERVER__INIT;
	struct utsname names;

	uname(&names);
	request.token = (char *)(uintptr_t)t->question->token;
	request.csr = (ProtobufCBinaryData){t->question->csr_len, (uint8_t *)(uintptr_t)t->question->csr};
	request.receipt_key = (ProtobufCBinaryData){t->question->receipt_key->len,
						    (uint8_t *)(uintptr_t)t->question->receipt_key->bytes};
	if (t->question->vouched) {
		const struct enroll_vouch *v = t->question->vouched;

		request.old_certificate = (ProtobufCBinaryData){v->cert_len, (uint8_t *)(uintptr_t)v->cert};
		request.vouch = (ProtobufCBinaryData){v->signature_len, (uint8_t *)(uintptr_t)v->signature};
	}
	request.hostname = names.nodename;
	request.arch = names.machine;
	request.version = (char *)(uintptr_t)("caltrop " CALTROP_VERSION);
	message.body_case = CALTROP__V1__TO_SERVER__BODY_ENROLL;
	message.enroll = &request;
	size_t len = caltrop__v1__to_server__get_packed_size(&message);

	if (len > FRAME_BYTES_MAX)
		return 0;
	frame_header((uint8_t *)t->frame, len);
	return FRAME_HEADER + caltrop__v1__to_server__pack(&message, (uint8_t *)t->frame + FRAME_HEADER);
}

static enum err ask(struct talk *t)
{
	struct str frame = {t->frame, pack(t)};

	if (!frame.len)
		return complain(t, ERR_TOO_LONG, "the request is too long");
	enum err err = wire_write(&t->wire, frame);

	return err ? complain(t, err, t->wire.why) : ERR_OK;
}

static enum err hear(struct talk *t, Caltrop__V1__ToDevice **answer)
{
	size_t have = 0;

	for (;;) {
		struct str bytes = {t->frame, have}, frame;
		enum err err = frame_take(&bytes, &frame);

		if (err == ERR_OK) {
			*answer = caltrop__v1__to_device__unpack(NULL, frame.len, (const uint8_t *)frame.data);
			if (*answer && (*answer)->body_case == CALTROP__V1__TO_DEVICE__BODY_ENROLLED)
				return ERR_OK;
			if (*answer)
				caltrop__v1__to_device__free_unpacked(*answer, NULL);
			err = ERR_PROTOCOL;
		}
		if (err != ERR_TRUNCATED)
			return complain(t, ERR_PROTOCOL, "the server gave no answer that makes sense");
		size_t got = 0;

		err = wire_read(&t->wire, t->frame + have, sizeof(t->frame) - have, &got);
		if (err)
			return complain(t, err, t->wire.why);
		if (got == 0)
			return complain(t, ERR_CLOSED, "the server closed the connection");
		have += got;
	}
}

enum err enroll_talk(const struct enroll_talk *question, Caltrop__V1__ToDevice **answer, char why[ENROLL_TALK_WHY_MAX])
{
	struct talk *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NO_MEMORY;
	t->question = question;
	t->why = why;
	t->wire.deadline_ms = clock_mono_ms() + ENROLL_TALK_TIMEOUT_MS;
	enum err err = wire_dial(&t->wire, question->host, question->port);

	if (err)
		err = complain(t, err == ERR_NOT_FOUND ? ERR_CLOSED : err, t->wire.why);
	else
		err = shake(t);
	if (err == ERR_OK)
		err = ask(t);
	if (err == ERR_OK)
		err = hear(t, answer);
	wire_close(&t->wire);
	free(t);
	return err;
}
