/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the certificate by which devices and operators recognise the service. */
#include "server-stub/fleet/fleet_server.h"

#include "agent/base/buf.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/notary_cert.h"

#include <string.h>

/* As the notary wants them. */
static size_t put_names(const struct fleet_conf *conf, uint8_t bytes[NOTARY_BYTES_MAX])
{
	struct buf b = buf_over((char *)bytes, NOTARY_BYTES_MAX);

	for (unsigned i = 0; i < conf->name_count; i++)
		buf_bytes(&b, conf->names[i], strlen(conf->names[i]) + 1);
	return b.len;
}

void fleet_server_names(const struct fleet_conf *conf, struct buf *out)
{
	uint8_t bytes[NOTARY_BYTES_MAX];

	notary_cert_names((const char *)bytes, put_names(conf, bytes), out);
}

enum err fleet_server_certificate(const struct fleet *f, const struct fleet_conf *conf, int64_t wall_s)
{
	struct notary_request request = {.kind = NOTARY_SERVER, .wall_s = wall_s};
	struct notary_answer answer;
	struct key_der private_key;
	char text[8192];
	enum err err = key_generate(key_random_kernel, &private_key);

	request.len = (uint32_t)put_names(conf, request.bytes);
	if (err == ERR_OK)
		err = key_public(&private_key, &request.public_key);
	if (err == ERR_OK)
		err = notary_certify(f->notary, &request, &answer);
	if (err == ERR_OK)
		err = key_pem("EC PRIVATE KEY", private_key.bytes, private_key.len, text, sizeof(text));
	/* The key first: whoever loads between the two finds that they do not match, and tries again. */
	if (err == ERR_OK)
		err = fleet_file_replace((struct fleet_file){f->dir, "server_key.pem"}, str_from(text), 0600);
	key_wipe(&private_key, sizeof(private_key));
	key_wipe(text, sizeof(text));
	if (err == ERR_OK)
		err = key_pem("CERTIFICATE", answer.bytes, answer.len, text, sizeof(text));
	if (err == ERR_OK)
		err = fleet_file_replace((struct fleet_file){f->dir, "server.pem"}, str_from(text), 0644);
	return err;
}
