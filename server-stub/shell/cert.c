/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop-server cert`: judges the service's certificates, and puts a new one of the API in its place. What is wrong
 * is said before anything is changed; the running service sees the change by itself.
 */
#include "agent/base/clock.h"
#include "agent/base/tls/tls_cert.h"
#include "server-stub/fleet/fleet_conf.h"
#include "server-stub/fleet/fleet_file.h"
#include "server-stub/shell/cert_pair.h"
#include "server-stub/shell/command.h"
#include "server-stub/shell/own_cert.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const char help[] =
	"usage: caltrop-server cert check [--dry-run] [--certificate FILE --key FILE] [--dir DIR]\n"
	"       caltrop-server cert install [--dry-run] --certificate FILE --key FILE [--dir DIR]\n\n"
	"  check               say whether the certificates are good; changes nothing, with and without --dry-run\n"
	"  install             put a certificate and its key where [api] certificate and key of server.conf say\n"
	"  --dry-run           only say what would be done\n"
	"  --certificate FILE  judge or install this one: PEM, the leaf first, then its chain\n"
	"  --key FILE          its private key\n"
	"  --dir DIR           the fleet (" COMMAND_DIR_DEFAULT ")\n\n"
	"The service takes a new certificate of the API by itself, within seconds. The one by which devices know the\n"
	"service it makes itself; after a change of names: systemctl reload caltrop-server.\n\n"
	"  caltrop-server cert install --certificate fullchain.pem --key privkey.pem\n";

struct request {
	const char *dir;
	bool dry_run;
	struct fleet_conf conf;
	struct fleet_file cert, key;
};

static char cert_text[FLEET_FILE_MAX], key_text[FLEET_FILE_MAX];

static int complain(struct fleet_file f, const char *what)
{
	bool is_whole = f.name[0] == '/' || f.dir[0] == '\0';

	fprintf(stderr, "caltrop-server cert: %s%s%s: %s\n", is_whole ? "" : f.dir, is_whole ? "" : "/", f.name, what);
	return COMMAND_FAILED;
}

static void describe(struct fleet_file f, struct str pem)
{
	char names[OWN_CERT_NAMES_MAX] = "", day[32];
	struct buf b = buf_over(names, sizeof(names) - 1);
	time_t ends = (time_t)tls_cert_ends(pem);
	struct tm tm;

	if (tls_cert_names(pem, &b) != ERR_OK)
		b.len = 0;
	names[b.len] = '\0';
	strftime(day, sizeof(day), "%Y-%m-%d", gmtime_r(&ends, &tm));
	printf("%s: for %s, until %s\n", f.name, names[0] ? names : "no name", day);
}

/* Whether the API could serve with them. COMMAND_OK, or an exit status after a message. */
static int judge_pair(const struct request *r, struct str *cert, struct str *key)
{
	bool of_key = false;
	const char *why;
	enum err err = cert_pair_read(r->cert, cert_text, cert);

	if (err != ERR_OK)
		return complain(r->cert, err_text(err));
	err = cert_pair_read(r->key, key_text, key);
	if (err != ERR_OK)
		return complain(r->key, err_text(err));
	why = cert_pair_why(*cert, *key, &of_key);
	if (why)
		return complain(of_key ? r->key : r->cert, why);
	if (tls_cert_ends(*cert) <= clock_wall_s())
		return complain(r->cert, "the certificate has expired");
	describe(r->cert, *cert);
	return COMMAND_OK;
}

/* The certificate by which devices know the service. */
static void judge_own(const struct request *r)
{
	const char *why = own_cert_why(r->dir, &r->conf, clock_wall_s());

	if (why)
		printf("server.pem: %s; the service makes it anew when it reads its certificates again\n", why);
	else
		printf("server.pem: good for devices\n");
}

static int check(struct request *r)
{
	struct str cert, key;
	int status;

	if (!r->cert.name) {
		judge_own(r);
		r->cert = (struct fleet_file){r->dir, r->conf.api_certificate};
		r->key = (struct fleet_file){r->dir, r->conf.api_key};
	}
	status = judge_pair(r, &cert, &key);
	if (status == COMMAND_OK)
		printf("%s: good for the API\n", r->cert.name);
	return status;
}

static enum err put(struct fleet_file f, struct str text, mode_t mode)
{
	enum err err = fleet_file_replace(f, text, mode);

	return err == ERR_OK ? fleet_file_give(f) : err;
}

/* Only a file of its own in the fleet's directory is replaced: server.pem is what devices know. */
static bool is_own(const char *name, const char *taken)
{
	return name[0] != '\0' && !strchr(name, '/') && strcmp(name, taken) != 0;
}

static int install(const struct request *r)
{
	const struct fleet_file cert_to = {r->dir, r->conf.api_certificate}, key_to = {r->dir, r->conf.api_key};
	struct str cert, key;
	int status;
	enum err err;

	if (!is_own(cert_to.name, "server.pem") || !is_own(key_to.name, "server_key.pem")) {
		fprintf(stderr,
			"caltrop-server cert: say in %s/server.conf under [api] where the API's own certificate is to "
			"be: certificate = api.pem and key = api_key.pem; then restart the service\n",
			r->dir);
		return COMMAND_CONFIG;
	}
	status = judge_pair(r, &cert, &key);
	if (status != COMMAND_OK)
		return status;
	if (r->dry_run) {
		printf("would be installed as %s/%s and %s\n", r->dir, cert_to.name, key_to.name);
		return COMMAND_OK;
	}
	/* The key first: whoever loads between the two finds that they do not match, and tries again. */
	err = put(key_to, key, 0600);
	if (err != ERR_OK)
		return complain(key_to, err_text(err));
	err = put(cert_to, cert, 0644);
	if (err != ERR_OK)
		return complain(cert_to, err_text(err));
	printf("installed as %s/%s and %s; a running service takes it within seconds\n", r->dir, cert_to.name,
	       key_to.name);
	return COMMAND_OK;
}

static int run(struct request *r, const char *what)
{
	char error[FLEET_CONF_ERROR_MAX];
	bool installs = strcmp(what, "install") == 0;

	if (!installs && strcmp(what, "check") != 0)
		return command_misused("cert", "it is 'check' or 'install', not", what);
	if (!r->cert.name != !r->key.name || (installs && !r->cert.name))
		return command_misused("cert", "say both, --certificate FILE and --key FILE", NULL);
	if (fleet_conf_load(r->dir, &r->conf, error) != ERR_OK) {
		fprintf(stderr, "caltrop-server cert: %s\n", error);
		return COMMAND_CONFIG;
	}
	umask(0077);
	return installs ? install(r) : check(r);
}

int cert_command(int argc, char **argv)
{
	static const struct option known[] = {
		{"dir", required_argument, NULL, 'd'}, {"certificate", required_argument, NULL, 'c'},
		{"key", required_argument, NULL, 'k'}, {"dry-run", no_argument, NULL, 'n'},
		{"help", no_argument, NULL, 'h'},      {NULL, 0, NULL, 0},
	};
	static struct request r = {.dir = COMMAND_DIR_DEFAULT};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'd': r.dir = optarg; break;
		case 'c': r.cert = (struct fleet_file){"", optarg}; break;
		case 'k': r.key = (struct fleet_file){"", optarg}; break;
		case 'n': r.dry_run = true; break;
		case 'h': fputs(help, stdout); return COMMAND_OK;
		default: fputs(help, stderr); return COMMAND_USAGE;
		}
	}
	if (optind == argc)
		return command_misused("cert", "say what to do, 'check' or 'install'", NULL);
	if (optind + 1 < argc)
		return command_misused("cert", "unexpected argument", argv[optind + 1]);
	return run(&r, argv[optind]);
}
