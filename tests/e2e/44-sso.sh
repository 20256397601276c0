#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Single sign-on at a real OpenID provider (npm's oidc-provider, tests/sso/provider.mjs): by its sign-in page, with curl in the
# part of the browser, and with what a false or failing provider, and whoever steals an address, can send. 44-sso-console.sh
# does it in a real browser.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sso.sh"
[ "${WORLD_INSIDE-}" ] || sso_fetch
world_enter "$@"
cast
FACTOR=yes
sso_start
desk factor enrol >/tmp/enrol 2>/tmp/said </dev/null
totp "$(sed -n 2p /tmp/enrol)" >/tmp/code
desk factor confirm --code-file /tmp/code >/tmp/recovery 2>/tmp/said || fail "the admin has no second factor"

# Refused tries make their address wait, so each sign-in comes from another one.
from=0
call() { on fleet curl -s --interface 127.1.$((from / 250)).$((from % 250 + 1)) --cacert $SERVICE/ca.pem -b /tmp/jar -c /tmp/jar -H 'X-Caltrop: 1' -H 'Content-Type: application/json' "$@"; }
says() { jq -r "$1" /tmp/answer; }
code_is() { [ "$(says .error.code)" = "$1" ]; }
said() { says .error.message | grep -qF -- "$1"; }
begin() { from=$((from + 1)); begin_here; }
begin_here() { rm -f /tmp/jar; call -X POST $AT/api/v1/session/sso >/tmp/answer; }
# at_provider NAME: sign in there; `code`, `state` and `iss` of what it sends back. Each time it is another browser there.
at_provider()
{
	local to form
	rm -f /tmp/theirs
	form=$(on fleet curl -sL --cacert /srv/far/ca.pem -b /tmp/theirs -c /tmp/theirs "$(says .url)" | grep -oP 'action="\K[^"]+' | head -n 1)
	[ "$form" ] || fail "the provider has no sign-in page"
	to=$(on fleet curl -sL --cacert /tmp/both.pem -b /tmp/theirs -c /tmp/theirs --compressed -o /tmp/page -w '%{url_effective}' \
		-d prompt=login -d login="$1" -d password=x "$form")
	code=$(grep -oP '[?&]code=\K[^&]+' <<<"$to") state=$(grep -oP '[?&]state=\K[^&]+' <<<"$to")
	[ "$code" ] || fail "the provider sends no code: $to"
}
finish() { call -d "{\"code\":\"$code\",\"state\":\"$state\",\"iss\":\"$ISSUER\"}" $AT/api/v1/session/sso/finish >/tmp/answer; }
sign_in() { begin; at_provider "$1"; finish; }
wrong() { echo "$1" >/tmp/mode; }
right() { rm -f /tmp/mode; }
refused() { code_is login_failed && said "$1"; }
audit() { desk audit list --limit 0 --json | jq -r '.items[] | select(.action == "session.begin") | "\(.status) \(.detail)"'; }

call $AT/api/v1/session/sso >/tmp/answer
check "the sign-in page is told of the provider" [ "$(says .name)" = Example ]
sign_in vera
check "who signs in there is let in here" [ "$(says .role)" = viewer ]
name=$(says .user)
check "under a name of issuer and subject" grep -qxE 'sso:vera:[0-9a-f]{24}' <<<"$name"
check "the page that people come back to is ours" grep -q 'id="app"' /tmp/page
check "the session is a cookie that scripts and other sites do not have" grep -qP '#HttpOnly_.*TRUE.*__Host-caltrop_session' /tmp/jar
call $AT/api/v1/devices >/tmp/answer; check "and it is one" [ "$(says '.items | type')" = array ]
finish; check "the same answer lets nobody in twice" code_is already_used
begin; at_provider vera; call -d "{\"code\":\"$code\",\"state\":\"$state\"}" $AT/api/v1/session/sso/finish >/tmp/answer
check "a provider may not say its issuer" [ "$(says .user)" = "$name" ]
desk user list --json >/tmp/users
check "that makes one account" [ "$(jq '[.items[] | select(.sso)] | length' /tmp/users)" = 1 ]

# Roles and second factors.
sign_in rob
check "who is of another group has its role" [ "$(says .role)" = responder ]
check "and first sets up a second factor" [ "$(says .must_enrol)" = true ]
rob=$(says .user)
call -d '{}' $AT/api/v1/orders >/tmp/answer; check "before which nothing is done" code_is second_factor_setup_required
call -d '{}' $AT/api/v1/factor >/tmp/answer; secret=$(says .secret)
totp "$secret" >/tmp/code; call -d "{\"code\":\"$(cat /tmp/code)\"}" $AT/api/v1/factor/confirm >/tmp/answer
recovery=$(says '.recovery_codes[0]'); check "which it does here" [ "$recovery" != null ]
sign_in rob; check "the next time its code is asked for" code_is second_factor_required
check_not "and nobody is in before" grep -q '__Host-caltrop_session' /tmp/jar
factor() { call -d "{\"code\":\"$1\"}" $AT/api/v1/session/sso/factor >/tmp/answer; }
factor 000000; check "a wrong one lets nobody in" code_is wrong_code
cp /tmp/jar /tmp/jar.before; sed -i 's/responder\.sso/admin.sso/' /tmp/jar
factor "$recovery"; check "nor in another role" code_is invalid
cp /tmp/jar.before /tmp/jar; factor "$recovery"; check "a right one does" [ "$(says .user)" = "$rob" ]
cp /tmp/jar.before /tmp/jar; factor "$(call $AT/api/v1/me | jq -r .none)"; check "once" code_is already_used
wrong '{"claims":{"amr":["pwd","mfa"]}}'
sign_in rob; check "one that the provider saw, in words that are trusted, is enough" [ "$(says .must_enrol)" = false ]
call -d '{"name":"ci","role":"viewer","ttl_s":31536000}' $AT/api/v1/sessions >/tmp/answer
check "an API token of theirs ends with the session" [ $(($(date -d "$(says .expires)" +%s) - $(date +%s))) -le 43200 ]
says .token >/tmp/token
desk login --context ci --server https://localhost:8444 --ca $SERVICE/ca.pem --token-file /tmp/token >/tmp/said 2>&1
is_code 0 "the command line takes it"
right
sign_in eve; check "who is of no group that has a role is not let in" refused 'none of the groups'

# The command line, by what the browser is: the page's calls with the cookie in the jar.
mkfifo /tmp/number
desk_asks()	# NAME: begin a login in the background, as the context of that name
{
	rm -f /tmp/opened /tmp/desk; desk login --context "$1" --server https://localhost:8444 --ca $SERVICE/ca.pem --browser --code-file /tmp/number \
		>/tmp/desk 2>&1 & asking=$!
	wait_for 10 "the address is printed" grep -qs 'shows then\.$' /tmp/desk
	at=$(grep -oP '^Open +\K\S+' /tmp/desk) asked_code=$(grep -oP '^ +\K[A-Z]{4}-[A-Z]{4}$' /tmp/desk)
}
desk_types() { echo "$1" >/tmp/number; wait $asking; echo $? >/tmp/ended; }
ended() { [ "$(cat /tmp/ended)" = "$1" ]; }
page() { call "$@" >/tmp/answer; }
sign_in vera
printf '#!/bin/sh\necho "$1" >/tmp/opened\n' >/tmp/viewer; chmod +x /tmp/viewer
BROWSER=/tmp/viewer desk_asks vera
check "the address is that of the console" [ "$at" = "$AT/#/desk/$asked_code" ]
wait_for 5 "the browser that is named opens it" [ -s /tmp/opened ]
check "and nothing else" [ "$(cat /tmp/opened)" = "$at" ]
page $AT/api/v1/desks/$asked_code; check "the console says which machine asks" [ "$(says .machine)" = "$(grep -oP 'this machine, \K[^ ]+(?=\. Confirm)' /tmp/desk)" ]
check "and from where" [ "$(says .address)" = 127.0.0.1 ]
page -X POST $AT/api/v1/desks/$asked_code/confirm; number=$(says .number)
page -X POST $AT/api/v1/desks/$asked_code/confirm; check "nobody confirms it twice" code_is already_used
desk_types "$number"; check "who types the number is logged in" ended 0
check "as who signed in at the provider" has_line /tmp/desk "as $name"
desk device list --context vera >/tmp/said 2>&1; is_code 0 "and works"
desk token create --context vera >/tmp/said 2>&1; is_code not-0 "as far as the role goes"
desk session list --context vera --json >/tmp/said
check "no longer than the browser may" [ "$(jq -r '[.items[] | select(.kind == "desk" or .kind == "sso") | .expires] | unique | length' /tmp/said)" -ge 1 ]
call -d "{\"code\":\"$asked_code\",\"secret\":\"x\",\"number\":\"$number\"}" $AT/api/v1/session/desk/finish >/tmp/answer
check "a number that was used is nothing" code_is login_failed
desk_asks two; page -X POST $AT/api/v1/desks/$asked_code/confirm; desk_types 000; check "a wrong number lets nobody in" ended 5
desk_asks three; desk_types 123456; check "nor one that nobody confirmed" ended 7
desk_asks four; page -X DELETE $AT/api/v1/desks/$asked_code; desk_types 123456; check "nor where it was refused" ended 5
desk_asks five; page -X POST $AT/api/v1/desks/$asked_code/confirm; number=$(says .number)
call -d "{\"code\":\"$asked_code\",\"secret\":\"stolen\",\"number\":\"$number\"}" $AT/api/v1/session/desk/finish >/tmp/answer
check "code and number are nothing without the desk's own secret" code_is login_failed
page -X DELETE $AT/api/v1/session
desk_types "$number"; check "nor is a confirmation whose browser signed out" ended 5
page $AT/api/v1/desks/$asked_code; check "nobody looks a code up who is not signed in" code_is login_required
desk device list --context vera >/tmp/said 2>&1; is_code 0 "a desk that was let in before works on"
# At a terminal a wrong number may be typed again.
if command -v script >/dev/null; then
	sign_in vera
	mkfifo /tmp/keys; exec 7<>/tmp/keys
	on fleet script -qec "stty cols 120; caltrop login --context typed --server https://localhost:8444 --ca $SERVICE/ca.pem --browser" /tmp/typed \
		</tmp/keys >/tmp/said 2>&1 & asking=$!
	asked() { [ "$(grep -o 'Number:' /tmp/said | wc -l)" = "$1" ]; }
	wait_for 10 "a terminal asks for the number" asked 1
	asked_code=$(tr -d '\r' </tmp/said | grep -oP '^ +\K[A-Z]{4}-[A-Z]{4}$')
	page -X POST $AT/api/v1/desks/$asked_code/confirm; number=$(says .number)
	echo 00 >&7; wait_for 10 "and again after a wrong one" asked 2
	echo "$number" >&7; wait $asking; is_code 0 "the right one logs in"
	exec 7>&-
	check_not "and is not shown" grep -qF -- "$number" /tmp/said
	desk device list --context typed >/tmp/said 2>&1; is_code 0 "as whoever confirmed it"
fi
wrong '{"claims":{"amr":["pwd","mfa"]}}'; sign_in rob; right
desk_asks rob; page -X POST $AT/api/v1/desks/$asked_code/confirm; desk_types "$(says .number)"
check "a factor that the provider saw is enough for the command line, too" ended 0
desk order list --context rob >/tmp/said 2>&1; is_code 0 "which then asks for no other"
audited() { desk audit list --limit 0 --json | jq -r --arg a "$1" '.items[] | select(.action == $a) | "\(.status) \(.detail)"'; }
audited desk.confirm >/tmp/audit; check "the audit log has who confirmed what" has_line /tmp/audit '^200 .+@.+ at 127\.0\.0\.1, code [A-Z]{4}-[A-Z]{4}'
audited desk.refuse >/tmp/audit; check "and what was refused" has_line /tmp/audit '^204 .+@'

# What is wrong with tokens, each signed by the provider's own key where that is not what is wrong.
bad() { wrong "$1"; begin; at_provider vera; finish; check "$3" refused "$2"; }
now=$(date +%s)
bad '{"claims":{"nonce":"another"}}' 'not made for this sign-in' "a token of another sign-in is refused"
bad "{\"claims\":{\"exp\":$((now - 90))}}" 'has expired' "one that has expired"
bad "{\"claims\":{\"iat\":$((now + 3600))}}" 'of the future' "one of the future"
bad '{"claims":{"iss":"https://idp.example:9443/"}}' 'another issuer' "one of another issuer"
bad '{"claims":{"aud":"another"}}' 'another client' "one for another client"
bad '{"claims":{"aud":["caltrop","another"]}}' 'another client' "one for two without azp"
bad '{"claims":{"azp":"another"}}' 'another client' "one that another client asked for"
bad '{"key":"none","header":{"alg":"none"}}' 'signed in a way' "one that nobody signed"
bad '{"key":"hmac","header":{"alg":"HS256"}}' 'signed in a way' "one that is signed by the public key as a secret"
bad '{"key":"other"}' 'does not verify' "one by another key"
bad '{"header":{"crit":["exp"]}}' 'extension' "one with an extension"
asked() { grep -c 'GET /jwks' /var/log/world/provider; }
before=$(asked)
bad '{"key":"other","header":{"kid":"new"}}' 'does not publish' "one by a key that is not published"
bad '{"key":"other","header":{"kid":"newer"}}' 'does not publish' "again"
check "for which the keys are not fetched again and again" [ "$(asked)" -le $((before + 1)) ]
right

# What others can send.
begin; cp /tmp/jar /tmp/jar.victim; at_provider vera; rm -f /tmp/jar
finish; check "an answer that was stolen is nothing in another browser" code_is invalid
begin; finish; check "nor in one that began another sign-in" refused 'state'
begin; at_provider vera; state=x; finish; check "nor with another state" refused 'state'
for n in 1 2 3 4; do begin_here; at_provider vera; state=x; finish; done
begin_here; check "whoever is refused again and again waits" code_is too_many_failures
begin; at_provider vera; good=$code code=none; finish; check "a code that the provider did not give is refused" refused 'does not take the code'
begin; code=$good state=$(says .url | grep -oP 'state=\K[^&]+'); finish
check "so is that of another sign-in" refused 'does not take the code'
begin; at_provider vera
call -d "{\"code\":\"$code\",\"state\":\"$state\",\"iss\":\"https://other.example\"}" $AT/api/v1/session/sso/finish >/tmp/answer
check "an answer of another provider is not brought to this one" refused 'another issuer'

# Names and accounts.
sign_in vera
call -d '{}' $AT/api/v1/passkeys/begin >/tmp/answer; check "a passkey is not a way around the provider" code_is protected
call -d "{\"name\":\"$name\",\"password\":\"!\"}" $AT/api/v1/session >/tmp/answer; check "the account has no password" code_is login_failed
desk user add "$name" --role admin >/tmp/said 2>&1; is_code 2 "nobody is added under such a name"
on fleet caltrop-server admin reset --dir $SERVICE --user "$name" >/tmp/said 2>&1; is_code not-0 "nor made an admin by a reset"
desk user role "$name" admin >/tmp/said 2>&1; is_code not-0 "its role is the provider's"
desk user disable "$name" >/tmp/said 2>&1; is_code 0 "an admin shuts it out"
call $AT/api/v1/devices >/tmp/answer; check "its sessions end" code_is session_expired
sign_in vera; check "and the provider does not let it in any more" refused 'shut out'
desk user reset "$name" >/tmp/said 2>&1; is_code 0 "until the admin does"
sign_in vera; check "then it comes in again" [ "$(says .user)" = "$name" ]
wrong '{"claims":{"groups":["soc"],"amr":["hwk"]}}'
sign_in vera; check "a change of groups is a change of role" [ "$(says .role)" = responder ]
right

# A provider that fails. Each time the service starts anew, so that nothing is known of it.
again() { stop server; service_start; }
bad_document() { wrong "$1"; again; begin; check "$3" said "$2"; check "which is not the caller's fault" code_is provider; }
bad_document '{"document":{"issuer":"https://other.example"}}' 'another issuer' "a document of another issuer is refused"
bad_document '{"document":{"token_endpoint":"http://idp.example:9443/token"}}' 'not https' "one that leads to plain HTTP"
bad_document '{"document":{"code_challenge_methods_supported":["plain"]}}' 'PKCE' "one without PKCE by S256"
wrong '{"keys":"huge"}'; again; sign_in vera
check "more keys than any provider has are not read" code_is provider; check "which is said" said 'more than 65536 bytes'
wrong '{"keys":{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}}'; again; sign_in vera; check "nor a key that is none" refused 'one of its keys'
wrong '{"hang":"openid-configuration"}'; again
began=$(now_ms); call -X POST $AT/api/v1/session/sso >/tmp/late & late=$!
desk device list >/tmp/said 2>&1; is_code 0 "while the provider does not answer others work"
check "and do not wait" [ $(($(now_ms) - began)) -lt 5000 ]
wait $late; cp /tmp/late /tmp/answer; check "who wanted to sign in there is told in the end" code_is provider
right; stop provider KILL; again
begin; check "a provider that is down is said to be" code_is provider
desk device list >/tmp/said 2>&1; is_code 0 "and everything else works"
envoy() { pgrep -P "$(pgrep -P "$PID_server" caltrop-envoy)"; }
first=$(envoy); kill -KILL "$first"
another() { local now; now=$(envoy) && [ "$now" != "$first" ]; }
wait_for 10 "another process speaks with it" another
provider_start; sign_in vera; check "after that it works again" [ "$(says .user)" = "$name" ]

# A public client, whose tokens are signed on P-256.
sso_conf 'client_id = public' 'viewer = *'; again
sign_in eve; check "a public client and ES256" [ "$(says .role)" = viewer ]
call $AT/api/v1/session/sso >/tmp/answer; check "a provider without a name is its host" [ "$(says .name)" = idp.example:9443 ]

# Settings.
refuses()	# LINE WORDS
{
	sso_conf 'client_id = public' 'viewer = *' "$1"; stop server
	on fleet caltrop-server run --dir $SERVICE >/tmp/said 2>&1; is_code 78 "$1 is refused"
	check "and said why" has_line /tmp/said "$2"
	on fleet caltrop-server doctor --dir $SERVICE >/tmp/said 2>&1; check "the doctor says so, too" has_line /tmp/said "$2"
}
refuses 'issuer = http://idp.example' 'issuer: wants an https address'
refuses 'url = https://fleet.example:8444/console' 'url: wants an https address without a path'
refuses 'viewer =' 'one of them has to name a group'
chmod 644 $SERVICE/sso_secret; refuses 'client_secret_file = sso_secret' 'chmod 600'
refuses 'client_secret_file = none' 'none: No such file'
sed -i '/^\[sso\]$/,$d' $SERVICE/server.conf; service_start
begin; check "without [sso] there is no provider" code_is not_found
desk audit list --limit 0 --json >/tmp/audit
check "the audit log says who came, as what the provider calls them" [ -n "$(audit | grep -x "200 $name, vera@example.org")" ]
check "and why somebody was not let in" [ -n "$(audit | grep '^401 .*its token.s signature does not verify')" ]
check_not "no secret is in it" grep -qE 'secret: 100|code=' /tmp/audit
