/* SPDX-License-Identifier: Apache-2.0 */
/* Judges server.pem by its end and its names. The fleet's own authority signs it, so it is made anew without asking. */
#include "server-stub/shell/own_cert.h"

#include "agent/base/clock.h"
#include "agent/base/tls/tls_cert.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/fleet/fleet_server.h"

#include <string.h>

#define FILE_NAME "server.pem"
#define RENEW_BEFORE_S (INT64_C(120) * 86400)

const char *own_cert_why(const char *dir, const struct fleet_conf *conf, int64_t wall_s)
{
	char pem[FLEET_FILE_MAX], has[OWN_CERT_NAMES_MAX] = "", wants[OWN_CERT_NAMES_MAX] = "";
	struct buf have = buf_over(has, sizeof(has) - 1), want = buf_over(wants, sizeof(wants) - 1);
	size_t len;

	if (fleet_file_read((struct fleet_file){dir, FILE_NAME}, pem, sizeof(pem), &len) != ERR_OK)
		return "it is not there";
	if (tls_cert_names((struct str){pem, len}, &have) != ERR_OK)
		return "it is damaged";
	fleet_server_names(conf, &want);
	if (!str_equal(buf_str(&have), buf_str(&want)))
		return "it is for other names";
	return tls_cert_ends((struct str){pem, len}) - wall_s <= RENEW_BEFORE_S ? "it ends soon" : NULL;
}

enum err own_cert_renew(const struct fleet *f, const struct fleet_conf *conf, bool *renewed)
{
	int64_t now_s = clock_wall_s();
	enum err err;

	*renewed = false;
	if (!own_cert_why(f->dir, conf, now_s))
		return ERR_OK;
	err = fleet_server_certificate(f, conf, now_s);
	*renewed = err == ERR_OK;
	return err;
}
