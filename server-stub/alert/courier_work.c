/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl's multi interface on one loop. Addresses are judged where the socket is made (CURLOPT_OPENSOCKETFUNCTION), by
 * what the name resolved to then, so a name that resolves to something else the next time gets no further.
 */
#include "server-stub/alert/courier_work.h"

#include "agent/base/say.h"
#include "agent/base/str.h"
#include "server-stub/outside/pale.h"

#include <curl/curl.h>

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define CONNECT_S 10

struct slot {
	CURL *curl; /* NULL: free */
	struct courier_job job;
	struct curl_slist *headers, *receivers;
	size_t sent, heard;
	char error[CURL_ERROR_SIZE], refused[ADDR_TEXT_MAX];
	const struct courier_setup *setup;
};

/* -- where it may go -- */

/* Networks that are somebody's own, or nobody's (RFC 6890 and the registries that it made). */
static bool is_private(const struct addr *addr)
{
	static const char *const nets[] = {
		"10.0.0.0/8",	  "100.64.0.0/10",  "169.254.0.0/16", "172.16.0.0/12",	"192.0.0.0/24",
		"192.0.2.0/24",	  "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",	"198.51.100.0/24",
		"203.0.113.0/24", "240.0.0.0/4",    "100::/64",	      "2001::/23",	"2001:db8::/32",
		"2002::/16",	  "3fff::/20",	    "5f00::/16",      "64:ff9b:1::/48", "fc00::/7",
		"fe80::/10",	  "fec0::/10",
	};
	struct addr net;

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if (addr_parse_prefix(str_from(nets[i]), &net) == ERR_OK && addr_contains(&net, addr))
			return true;
	return addr_is_special(addr);
}

bool courier_work_reaches(const struct courier_setup *setup, const struct addr *addr)
{
	const struct addr plain = addr_plain(addr);

	for (unsigned i = 0; i < setup->allowed_count; i++)
		if (addr_contains(&setup->allowed[i], &plain))
			return true;
	return plain.family != 0 && !is_private(&plain);
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct slot *s = context;
	struct addr addr = {.family = 0};

	(void)purpose;
	if (to->family == AF_INET)
		addr = addr_from_bytes(4, &((const struct sockaddr_in *)(const void *)&to->addr)->sin_addr);
	else if (to->family == AF_INET6)
		addr = addr_from_bytes(6, &((const struct sockaddr_in6 *)(const void *)&to->addr)->sin6_addr);
	if (!courier_work_reaches(s->setup, &addr)) {
		(void)addr_text(&addr, s->refused);
		return CURL_SOCKET_BAD;
	}
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* -- one message -- */

static size_t give(char *out, size_t size, size_t count, void *context)
{
	struct slot *s = context;
	size_t left = s->job.len - s->sent;
	size_t len = size * count < left ? size * count : left;

	memcpy(out, s->job.body + s->sent, len);
	s->sent += len;
	return len;
}

/* What the far end says beside its status is not read; one that says too much is left. */
static size_t pass_over(char *bytes, size_t size, size_t count, void *context)
{
	struct slot *s = context;

	(void)bytes;
	s->heard += size * count;
	return s->heard > COURIER_ANSWER_MAX ? 0 : size * count;
}

static bool list(struct curl_slist **out, const char *text, char between)
{
	struct str rest = str_from(text);
	char item[1024];

	while (rest.len > 0) {
		struct curl_slist *longer;

		if (str_copy(str_cut(&rest, between), item, sizeof(item)) != ERR_OK)
			return false;
		longer = item[0] ? curl_slist_append(*out, item) : *out;
		if (!longer)
			return false;
		*out = longer;
	}
	return true;
}

static bool set_mail(struct slot *s)
{
	CURL *c = s->curl;

	return list(&s->receivers, s->job.receivers, ' ') &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_MAIL_FROM, s->job.sender) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_MAIL_RCPT, s->receivers) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_READFUNCTION, give) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_READDATA, s) == CURLE_OK &&
	       (!s->job.user[0] || (curl_easy_setopt(c, CURLOPT_USERNAME, s->job.user) == CURLE_OK &&
				    curl_easy_setopt(c, CURLOPT_PASSWORD, s->job.secret) == CURLE_OK));
}

static bool set_http(struct slot *s)
{
	CURL *c = s->curl;

	return list(&s->headers, s->job.headers, '\n') && list(&s->headers, "Expect:", '\n') &&
	       curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, s->headers) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDS, s->job.body) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)s->job.len) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, s->job.method) == CURLE_OK;
}

static bool set_all(struct slot *s)
{
	CURL *c = s->curl;
	const char *ca = s->setup->ca;

	return curl_easy_setopt(c, CURLOPT_URL, s->job.url) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PRIVATE, s) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && /* nor one of the environment */
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       (!ca[0] || (curl_easy_setopt(c, CURLOPT_CAINFO, ca) == CURLE_OK &&
			   curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)COURIER_MESSAGE_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "caltrop-server") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->error) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, pass_over) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, s) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, s) == CURLE_OK &&
	       (strcmp(s->job.method, "MAIL") == 0 ? set_mail(s) : set_http(s));
}

static void answer(int fd, struct slot *s, const char *wrong)
{
	struct courier_answer a = {.number = s->job.number, .good = wrong == NULL};

	snprintf(a.text, sizeof(a.text), "%s", wrong ? wrong : "");
	/* Who does not read it has ended. */
	(void)!send(fd, &a, sizeof(a), MSG_NOSIGNAL);
	curl_slist_free_all(s->headers);
	curl_slist_free_all(s->receivers);
	s->headers = s->receivers = NULL;
	if (s->curl)
		curl_easy_cleanup(s->curl);
	s->curl = NULL;
	memset(&s->job, 0, sizeof(s->job));
}

/* NULL: the far end took it. */
static const char *wrong_of(struct slot *s, CURLcode result, char text[COURIER_TEXT_MAX])
{
	long status = 0;

	if (s->refused[0])
		snprintf(text, COURIER_TEXT_MAX,
			 "%s is not a public address; [alerts] allow of server.conf can name it", s->refused);
	else if (s->heard > COURIER_ANSWER_MAX)
		snprintf(text, COURIER_TEXT_MAX, "the far end answered with more than %d bytes", COURIER_ANSWER_MAX);
	else if (result != CURLE_OK)
		snprintf(text, COURIER_TEXT_MAX, "%.250s", s->error[0] ? s->error : curl_easy_strerror(result));
	else if (strcmp(s->job.method, "MAIL") == 0)
		return NULL;
	else if (curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status >= 200 &&
		 status < 300)
		return NULL;
	else
		snprintf(text, COURIER_TEXT_MAX, "the far end answered with HTTP status %ld%s", status,
			 status >= 300 && status < 400 ? ", a redirect, which is not followed" : "");
	return text;
}

/* -- the loop -- */

static void begin(CURLM *multi, int fd, struct slot *s)
{
	s->sent = s->heard = 0;
	s->error[0] = s->refused[0] = '\0';
	s->curl = curl_easy_init();
	if (!s->curl || !set_all(s) || curl_multi_add_handle(multi, s->curl) != CURLM_OK)
		answer(fd, s, "libcurl takes no such message");
}

static struct slot *free_slot(struct slot *slots)
{
	for (unsigned i = 0; i < COURIER_AT_ONCE; i++)
		if (!slots[i].curl)
			return &slots[i];
	return NULL;
}

/* False: the service has ended. */
static bool take_jobs(CURLM *multi, int fd, struct slot *slots)
{
	struct slot *s;

	while ((s = free_slot(slots)) != NULL) {
		ssize_t len = recv(fd, &s->job, sizeof(s->job), MSG_DONTWAIT);

		if (len < 0)
			return errno == EAGAIN || errno == EINTR;
		if (len == 0)
			return false;
		if ((size_t)len == offsetof(struct courier_job, body) + s->job.len)
			begin(multi, fd, s);
	}
	return true;
}

static void finish(CURLM *multi, int fd)
{
	char text[COURIER_TEXT_MAX];
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		CURLcode result = message->data.result;
		struct slot *s = NULL;

		if (message->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&s) != CURLE_OK || !s)
			continue;
		curl_multi_remove_handle(multi, s->curl);
		answer(fd, s, wrong_of(s, result, text));
	}
}

int courier_work(int fd, const struct courier_setup *setup)
{
	static struct slot slots[COURIER_AT_ONCE];
	struct curl_waitfd wait = {.fd = fd, .events = CURL_WAIT_POLLIN};
	CURLM *multi;
	int running = 0;
	enum err err;

	for (unsigned i = 0; i < COURIER_AT_ONCE; i++)
		slots[i].setup = setup;
	multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
	err = pale_enter(&(struct pale){setup->ca, setup->port_count, setup->ports});
	if (err != ERR_OK || !multi) {
		say(SAY_ERR, "outputs are told nothing: the courier cannot %s: %s",
		    multi ? "put its fence up" : "start", multi ? err_text(err) : "libcurl fails");
		return 1;
	}
	while (take_jobs(multi, fd, slots)) {
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return 1;
		finish(multi, fd);
		if (curl_multi_poll(multi, &wait, free_slot(slots) ? 1 : 0, 60000, NULL) != CURLM_OK)
			return 1;
	}
	return 0;
}
