/* SPDX-License-Identifier: Apache-2.0 */
/* Between libcurl's easy interface and memory of the caller. */
#include "server-stub/outside/fetch.h"

#include "agent/base/buf.h"
#include "agent/base/key.h"

#include <curl/curl.h>

#include <stdio.h>
#include <string.h>

#define HEADER_MAX 2100

static size_t keep(char *bytes, size_t size, size_t count, void *context)
{
	struct fetch *f = context;

	if (size * count > sizeof(f->bytes) - f->len)
		return 0;
	memcpy(f->bytes + f->len, bytes, size * count);
	f->len += size * count;
	return size * count;
}

static bool set_tls(CURL *c, const char *ca)
{
	return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       (!ca[0] || (curl_easy_setopt(c, CURLOPT_CAINFO, ca) == CURLE_OK &&
			   curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
	       curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
}

static bool set_limits(CURL *c)
{
	return curl_easy_setopt(c, CURLOPT_PROXY, "") == CURLE_OK && /* nor one of the environment */
	       curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)FETCH_CONNECT_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)FETCH_S) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_USERAGENT, "caltrop-server") == CURLE_OK;
}

static bool set_all(CURL *c, struct fetch *f, struct curl_slist *headers, char error[CURL_ERROR_SIZE])
{
	return curl_easy_setopt(c, CURLOPT_URL, f->url) == CURLE_OK && set_tls(c, f->ca) && set_limits(c) &&
	       curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, keep) == CURLE_OK &&
	       curl_easy_setopt(c, CURLOPT_WRITEDATA, f) == CURLE_OK &&
	       (!f->form || curl_easy_setopt(c, CURLOPT_POSTFIELDS, f->form) == CURLE_OK);
}

static struct curl_slist *headers_of(const struct fetch *f)
{
	struct curl_slist *list = curl_slist_append(NULL, "Accept: application/json"), *longer;
	char text[HEADER_MAX];

	if (!list || !f->authorization[0])
		return list;
	snprintf(text, sizeof(text), "Authorization: %s", f->authorization);
	longer = curl_slist_append(list, text);
	key_wipe(text, sizeof(text));
	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

enum err fetch_run(struct fetch *f)
{
	struct curl_slist *headers = headers_of(f);
	CURL *c = curl_easy_init();
	char error[CURL_ERROR_SIZE] = "";
	CURLcode result = CURLE_OUT_OF_MEMORY;

	f->len = 0;
	f->status = 0;
	f->why[0] = '\0';
	if (c && headers && set_all(c, f, headers, error))
		result = curl_easy_perform(c);
	if (result == CURLE_OK)
		result = curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &f->status);
	if (result == CURLE_WRITE_ERROR)
		snprintf(f->why, sizeof(f->why), "it answered with more than %d bytes", FETCH_BYTES_MAX);
	else if (result != CURLE_OK)
		snprintf(f->why, sizeof(f->why), "%.190s", error[0] ? error : curl_easy_strerror(result));
	curl_slist_free_all(headers);
	curl_easy_cleanup(c);
	return result == CURLE_OK ? ERR_OK : ERR_IO;
}
