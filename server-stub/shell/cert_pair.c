/* SPDX-License-Identifier: Apache-2.0 */
/* Judges by having the TLS library take the pair, as the API does. Writes nothing. */
#include "server-stub/shell/cert_pair.h"

#include "agent/base/tls/tls_conf.h"

enum err cert_pair_read(struct fleet_file f, char *text, struct str *out)
{
	struct fleet_file at = f;
	enum err err;

	if (f.name[0] == '/')
		at = (struct fleet_file){"", f.name + 1};
	else if (f.dir[0] == '\0')
		at.dir = ".";
	err = fleet_file_read(at, text, FLEET_FILE_MAX, &out->len);
	out->data = text;
	return err;
}

const char *cert_pair_why(struct str cert, struct str key, bool *of_key)
{
	enum tls_part wrong = TLS_PART_NONE;
	struct tls_conf *conf;
	enum err err = tls_conf_new(
		&(struct tls_conf_setup){
			.role = TLS_SERVER, .peers = TLS_PEERS_ANYONE, .cert_pem = cert, .key_pem = key},
		&conf, &wrong);

	tls_conf_drop(conf);
	*of_key = wrong == TLS_PART_KEY || wrong == TLS_PART_PAIR;
	if (wrong == TLS_PART_CERT)
		return "this is not a certificate in PEM";
	if (wrong == TLS_PART_KEY)
		return "this is not a private key in PEM";
	if (wrong == TLS_PART_PAIR)
		return "the private key does not belong to the certificate";
	return err != ERR_OK ? err_text(err) : NULL;
}
