/* SPDX-License-Identifier: Apache-2.0 */
/* `caltrop enroll`: gets a certificate for a token or a factory certificate, and has the guard use it. */
#include "agent/cli/enroll.h"

#include "agent/base/json.h"
#include "agent/cli/command.h"
#include "agent/cli/enroll_factory.h"
#include "agent/cli/enroll_files.h"
#include "agent/cli/enroll_talk.h"
#include "agent/cli/enroll_vouch.h"
#include "agent/common/settings_files.h"
#include "proto/token.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RETRY_MAX_S 300
#define RETRY_DEFAULT_S 10

struct enroll {
	const char *config, *token_file;
	bool wait, again, as_new, json;
	char host[TOKEN_HOST_MAX];
	uint16_t port;
	char token_text[TOKEN_TEXT_MAX]; /* "": this device shows its factory certificate instead */
	struct token token;		 /* or the card */
	struct enroll_factory factory;
	struct settings settings;
	struct enroll_files files;
	struct key_der key, receipt_key; /* private; public */
	uint8_t csr[KEY_CSR_MAX];
	size_t csr_len;
	bool is_vouched; /* this device shows who it is already */
	struct enroll_vouch vouch;
	uint32_t retry_s;
};

/* clang-format off */
#define FACTORY(text) IF_ENABLED(CONFIG_ENROLL_FACTORY, (text))

static const char usage_text[] =
	"usage: caltrop enroll --token-file FILE|- [--server HOST:PORT] [-c FILE] [--wait] [--again|--new]\n"
	FACTORY("       caltrop enroll --card FILE --factory-cert FILE --factory-key FILE [the same options]\n")
	"Joins the fleet that the token is for" FACTORY(", or the card") ". Must run as root.\n\n"
	"  -t, --token-file FILE   the join token, \"-\" for standard input\n"
	FACTORY(
	"      --card FILE         the fleet's card, as `caltrop factory card` prints it\n"
	"      --factory-cert FILE the certificate that the manufacturer gave this device, in PEM, and behind it\n"
	"                          those between it and the manufacturer's CA\n"
	"      --factory-key FILE  its key, which nobody but root may read\n")
	"  -s, --server HOST:PORT  connect to this name or address, not to the one in the token\n"
	"  -c, --config FILE       the guard's configuration\n"
	"  -w, --wait              wait until an operator has approved this device"
	FACTORY(",\n                          and with a card until the service can be reached")
	"\n"
	"      --again             although this device is enrolled already: it stays the device that it is, which "
	"its\n"
	"                          old key shows\n"
	"      --new               likewise, but show nothing: it becomes a new device, or the one the token is for\n"
	"  -j, --json              for programs\n"
	"  -h, --help              this text\n\n"
	"Exit status: 0 enrolled, 1 failed, 2 wrong usage, 5 refused, 6 no answer, 7 enrolled already or approval\n"
	"needed.\n\n"
	"examples:\n"
	"  caltrop enroll --token-file /root/token\n"
	"  echo ct1.AQ... | caltrop enroll --token-file - --wait\n"
	FACTORY(
	"  caltrop enroll --card /etc/caltrop/card --factory-cert /factory/cert.pem --factory-key /factory/key.pem\n");
/* clang-format on */

static int fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("caltrop: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* "host", "host:port", "[v6]:port". */
static bool take_server(struct enroll *e, struct str text)
{
	bool bracket = str_take(&text, STR("["));
	size_t end = bracket ? str_find_byte(text, ']') : str_find_byte(text, ':');
	struct str host = str_sub(text, 0, end), rest = end == SIZE_MAX ? STR_NONE : str_sub(text, end, text.len);
	uint64_t port = 8443;

	if (bracket && (end == SIZE_MAX || !str_take(&rest, STR("]"))))
		return false;
	if (str_take(&rest, STR(":")) && (str_number(rest, 65535, &port) != ERR_OK || port == 0))
		return false;
	e->port = (uint16_t)port;
	return !str_empty(host) && str_copy(host, e->host, sizeof(e->host)) == ERR_OK;
}

/* -1: go on, else the exit status. */
static int check_options(const struct enroll *e, bool all_read)
{
	unsigned of_factory =
		(e->factory.card_file != NULL) + (e->factory.cert_file != NULL) + (e->factory.key_file != NULL);

	if (of_factory > 0 && e->token_file)
		return fail(COMMAND_USAGE, "a device shows a join token or a factory certificate, not both");
	if (of_factory == 1 || of_factory == 2)
		return fail(COMMAND_USAGE, "--card, --factory-cert and --factory-key go together");
	if (all_read && (e->token_file || of_factory > 0))
		return -1;
	fputs(usage_text, stderr);
	return COMMAND_USAGE;
}

/* -1: go on, else the exit status. */
static int read_options(struct enroll *e, int argc, char **argv)
{
	static const struct option longs[] = {
		{"token-file", required_argument, NULL, 't'},
		/* clang-format off */
		IF_ENABLED(CONFIG_ENROLL_FACTORY, (
		{"card", required_argument, NULL, 'd'},
		{"factory-cert", required_argument, NULL, 'F'},
		{"factory-key", required_argument, NULL, 'K'},))
		/* clang-format on */
		{"server", required_argument, NULL, 's'},
		{"config", required_argument, NULL, 'c'},
		{"wait", no_argument, NULL, 'w'},
		{"again", no_argument, NULL, 'a'},
		{"new", no_argument, NULL, 'n'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "t:s:c:wjh", longs, NULL)) != -1) {
		switch (c) {
		case 't': e->token_file = optarg; break;
		case 'd': e->factory.card_file = optarg; break;
		case 'F': e->factory.cert_file = optarg; break;
		case 'K': e->factory.key_file = optarg; break;
		case 's':
			if (!take_server(e, str_from(optarg)))
				return fail(COMMAND_USAGE, "--server '%s' is not HOST:PORT", optarg);
			break;
		case 'c': e->config = optarg; break;
		case 'w': e->wait = true; break;
		case 'a': e->again = true; break;
		case 'n': e->as_new = true; break;
		case 'j': e->json = true; break;
		case 'h': fputs(usage_text, stdout); return COMMAND_OK;
		default: fputs(usage_text, stderr); return COMMAND_USAGE;
		}
	}
	if (e->again && e->as_new)
		return fail(COMMAND_USAGE, "--again keeps what this device is and --new does not: choose one");
	return check_options(e, optind == argc);
}

static int read_token(struct enroll *e)
{
	bool from_stdin = strcmp(e->token_file, "-") == 0;
	int fd = from_stdin ? STDIN_FILENO : open(e->token_file, O_RDONLY | O_CLOEXEC);
	char text[2 * TOKEN_TEXT_MAX];
	size_t len = 0;
	ssize_t n = 1;

	if (fd < 0)
		return fail(COMMAND_FAILED, "%s: %s", e->token_file, strerror(errno));
	while (n > 0 && len < sizeof(text)) {
		n = read(fd, text + len, sizeof(text) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!from_stdin)
		close(fd);
	struct str token = str_trim((struct str){text, len});

	if (token_decode(token, &e->token) == ERR_OK && token_is_card(&e->token))
		return fail(COMMAND_FAILED,
			    "%s is a fleet's card, which lets nobody in by itself: it goes with --card "
			    "and a factory certificate",
			    from_stdin ? "standard input" : e->token_file);
	if (token_decode(token, &e->token) != ERR_OK || str_copy(token, e->token_text, sizeof(e->token_text)) != ERR_OK)
		return fail(COMMAND_FAILED,
			    "%s holds no join token: one begins with \"ct1.\" and is a single line, as "
			    "`caltrop token create` printed it",
			    from_stdin ? "standard input" : e->token_file);
	return -1;
}

/* Who lets this device in, and where. -1: go on. */
static int read_proof(struct enroll *e)
{
	char why[ENROLL_FACTORY_WHY_MAX];
	int status = -1;

	if (e->token_file)
		status = read_token(e);
	else if (IS_ENABLED(CONFIG_ENROLL_FACTORY) && enroll_factory_read(&e->factory, &e->token, why) != ERR_OK)
		status = fail(COMMAND_FAILED, "%s", why);
	if (status < 0 && e->host[0] == 0) {
		memcpy(e->host, e->token.host, sizeof(e->host));
		e->port = e->token.port;
	}
	return status;
}

/* -1: go on. An identity that cannot be shown is never given up silently. */
static int prepare_vouch(struct enroll *e)
{
	if (!enroll_files_enrolled(&e->files) || e->as_new)
		return -1;
	if (!e->again)
		return fail(COMMAND_CONFLICT, "this device is enrolled already; --again enrols it anew, as the same "
					      "device, and --new as another one");
	if (enroll_vouch_open(&e->files, &e->vouch) != ERR_OK)
		return fail(COMMAND_FAILED,
			    "this device's key and certificate in %s/identity are damaged, so it cannot show which "
			    "device it is; --new enrols it with a token that an operator makes for it (caltrop token "
			    "create --for DEVICE), or as another device with any other token",
			    e->settings.state_dir);
	e->is_vouched = true;
	return -1;
}

static int prepare(struct enroll *e)
{
	char message[SETTINGS_FILES_MESSAGE_MAX];

	if (geteuid() != 0)
		return fail(COMMAND_DENIED, "enrolling must run as root");
	if (settings_files_read(&e->settings, e->config, message) != ERR_OK)
		return fail(COMMAND_FAILED, "%s", message);
	if (enroll_files_open(&e->files, &e->settings) != ERR_OK)
		return fail(COMMAND_FAILED, "%s", e->files.why);
	int status = prepare_vouch(e);

	if (status >= 0)
		return status;
	if (enroll_files_request(&e->files, &e->key, e->csr, &e->csr_len) != ERR_OK ||
	    enroll_files_receipt_key(&e->files, &e->receipt_key) != ERR_OK)
		return fail(COMMAND_FAILED, "%s", e->files.why);
	return -1;
}

/* The guard's socket belongs to caltropd, and the kernel tells whose a socket is (unix(7), SO_PEERCRED). */
static int connect_guard(const struct enroll *e, pid_t *pid)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct ucred peer = {0};
	socklen_t len = sizeof(peer);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%.90s/caltrop.sock", e->settings.run_dir);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof(name)) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	*pid = peer.pid;
	return fd;
}

/* A guard that runs links up now; one that does not will when it starts. True: one runs. */
static bool tell_guard(const struct enroll *e, bool settings_changed)
{
	pid_t pid = 0;
	int fd = connect_guard(e, &pid);
	bool reached = false;
	char answer[256];

	if (fd < 0)
		return false;
	if (settings_changed)
		reached = pid > 1 && kill(pid, SIGHUP) == 0;
	else
		reached = send(fd, "reload\n", 7, MSG_NOSIGNAL) == 7 && recv(fd, answer, sizeof(answer), 0) > 0;
	close(fd);
	return reached;
}

static void print_done(const struct enroll *e, const Caltrop__V1__Trust *trust, bool running)
{
	char text[1024];
	struct buf b = buf_over(text, sizeof(text));
	struct json j = json_over(&b);

	if (e->json) {
		json_begin_object(&j);
		json_key(&j, "device_id");
		json_hex(&j, trust->device_id.data, trust->device_id.len);
		json_key(&j, "group");
		json_text(&j, trust->group);
		json_key(&j, "server");
		json_text(&j, e->host);
		json_key(&j, "port");
		json_u64(&j, e->port);
		json_key(&j, "guard_reached");
		json_bool(&j, running);
		json_end_object(&j);
	} else {
		buf_text(&b, "enrolled as ");
		buf_hex(&b, trust->device_id.data, trust->device_id.len);
		buf_printf(&b, " in group %s at %s:%u; %s", trust->group, e->host, e->port,
			   running ? "the guard was asked to read it" : "the guard is not running: start caltropd");
	}
	printf("%.*s\n", (int)b.len, b.data);
}

static int on_issued(struct enroll *e, const Caltrop__V1__EnrollReply *reply)
{
	bool other = strcmp(e->settings.server_host, e->host) != 0 || e->settings.server_port != e->port;
	const Caltrop__V1__Trust *trust = reply->trust;

	if (e->is_vouched && trust &&
	    (trust->device_id.len != sizeof(e->vouch.device) ||
	     memcmp(trust->device_id.data, e->vouch.device, sizeof(e->vouch.device)) != 0))
		return fail(COMMAND_FAILED,
			    "the service made another device of this one, as services of earlier versions "
			    "do; nothing was changed here. --new takes that, else revoke it");
	if (enroll_files_keep(&e->files, reply, &e->key, &e->token) != ERR_OK)
		return fail(COMMAND_FAILED, "enrolled, but cannot be kept: %s", e->files.why);
	if (other && enroll_files_server(&e->files, e->config, e->host, e->port) != ERR_OK) {
		fail(0, "%s", e->files.why);
		fail(0, "enrolled; now set [server] address = %s:%u in the configuration", e->host, e->port);
	}
	print_done(e, reply->trust, tell_guard(e, other));
	return COMMAND_OK;
}

/* -1: pending, ask again after e->retry_s. */
static int on_answer(struct enroll *e, const Caltrop__V1__EnrollReply *reply)
{
	switch (reply->status) {
	case CALTROP__V1__ENROLL_REPLY__STATUS__ISSUED: return on_issued(e, reply);
	case CALTROP__V1__ENROLL_REPLY__STATUS__PENDING:
		e->retry_s = reply->retry_s ? reply->retry_s : RETRY_DEFAULT_S;
		if (e->retry_s > RETRY_MAX_S)
			e->retry_s = RETRY_MAX_S;
		return -1;
	default:
		return fail(COMMAND_DENIED, "the service refused: %.300s",
			    reply->error[0] ? reply->error : "it does not know this token");
	}
}

static int ask_once(struct enroll *e)
{
	const struct enroll_talk question = {
		.host = e->host,
		.port = e->port,
		.ca_sha256 = e->token.ca_sha256,
		.token = e->token_text,
		.csr = e->csr,
		.csr_len = e->csr_len,
		.receipt_key = &e->receipt_key,
		.vouched = e->is_vouched ? &e->vouch : NULL,
		.factory = e->token_file ? NULL : &e->factory,
	};
	Caltrop__V1__ToDevice *answer = NULL;
	char why[ENROLL_TALK_WHY_MAX] = "";
	const struct vouch vouch = {
		e->token.ca_sha256, str_from(e->token_text), {(char *)e->csr, e->csr_len}, STR_NONE};

	if (e->is_vouched && enroll_vouch_sign(&e->vouch, vouch) != ERR_OK)
		return fail(COMMAND_FAILED, "this device's key in %s/identity cannot sign", e->settings.state_dir);
	enum err err = enroll_talk(&question, &answer, why);

	if (err == ERR_CLOSED || err == ERR_TIMEOUT)
		return fail(COMMAND_UNREACHABLE, "cannot reach the service at %s:%u: %s", e->host, e->port, why);
	if (err)
		return fail(err == ERR_UNTRUSTED ? COMMAND_DENIED : COMMAND_FAILED, "%s:%u: %s%s", e->host, e->port,
			    why, e->token_file ? "; the token was not shown" : "");
	int status = on_answer(e, answer->enrolled);

	caltrop__v1__to_device__free_unpacked(answer, NULL);
	return status;
}

static int ask(struct enroll *e)
{
	bool said = false, waits = e->wait && !e->token_file; /* at a first boot nobody is there to try again */
	int status;

	e->retry_s = RETRY_DEFAULT_S;
	while ((status = ask_once(e)) < 0 || (status == COMMAND_UNREACHABLE && (said || waits))) {
		if (status == COMMAND_UNREACHABLE) {
			sleep(e->retry_s);
			e->retry_s = e->retry_s < RETRY_MAX_S / 2 ? 2 * e->retry_s : RETRY_MAX_S;
			continue;
		}
		if (!e->wait)
			return fail(COMMAND_CONFLICT, "an operator must approve this device first "
						      "(`caltrop device approve`); then run this again, or use --wait");
		if (!said)
			fputs("waiting for an operator to approve this device\n", stderr);
		said = true;
		sleep(e->retry_s);
	}
	return status;
}

int enroll_main(int argc, char **argv)
{
	static struct enroll e;
	int status = read_options(&e, argc, argv);

	if (status < 0)
		status = read_proof(&e);
	if (status >= 0)
		return status;
	e.files.trust = e.files.identity = e.files.actor = -1;
	status = prepare(&e);
	if (status < 0)
		status = ask(&e);
	key_wipe(&e.key, sizeof(e.key));
	key_wipe(&e.vouch.key, sizeof(e.vouch.key));
	key_wipe(e.factory.key, sizeof(e.factory.key));
	enroll_files_close(&e.files);
	return status;
}
