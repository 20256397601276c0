#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Inside the machine of record.sh: what people do with a Debian server in an hour, with Debian's own programs. Begins when
# the guard runs; says in /run/hour what it is at. USE_SECONDS=3600
#   an upgrade and installations by apt, a C project built by a user who came over ssh, cron, log rotation, scp, sftp and
#   rsync by two users, a web server that answers clients, and an administrator who looks after it with sudo
set -u
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
end=$((SECONDS + ${USE_SECONDS:-3600}))
left() { [ $SECONDS -lt $end ]; }
at() { echo "$(date +%T) $*" >>/run/hour; }

desk() { ip netns exec desk "$@"; }
ssh_options=(-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/root/desk/known_hosts -o LogLevel=ERROR)
with_key=("${ssh_options[@]}" -i /root/desk/alice)
alice() { desk ssh "${with_key[@]}" alice@192.0.2.10 "$@"; }
# bob PASSWORD COMMAND
bob()
{
	PASSWORD=$1 SSH_ASKPASS=/root/desk/askpass SSH_ASKPASS_REQUIRE=force desk ssh "${ssh_options[@]}" \
		-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 bob@192.0.2.10 "$2"
}

upgrade()
{
	at upgrade
	apt-get -q update
	apt list --upgradable 2>/dev/null | head
	apt-get -qy upgrade
}

installations()
{
	at install
	apt-get -qy install nginx-light cron logrotate rsync curl less vim-tiny man-db bsdextrautils
	apt-get -qy install gcc libc6-dev make
	apt-cache policy nginx-light
	dpkg -l | tail -n 3
}

web()
{
	at web
	mkdir -p /srv/www/site
	printf '<html><title>A site</title><a href="about.html">about</a></html>\n' >/srv/www/site/index.html
	cp /srv/www/site/index.html /srv/www/site/about.html
	sed -i 's,root /var/www/html;,root /srv/www/site;,' /etc/nginx/sites-available/default
	nginx -t && systemctl reload nginx
	while left; do
		for page in / /about.html /favicon.ico /robots.txt '/search?q=a+b'; do
			desk curl -s -o /dev/null -A 'Mozilla/5.0 (X11; Linux x86_64)' "http://192.0.2.10$page"
		done
		desk curl -s http://192.0.2.10/ | grep -c title
		sleep 20
	done
}

# What cron runs from here on: a user's own table, a check each minute, a backup, and once in the hour what is daily.
timetable()
{
	at cron
	cat >/usr/local/sbin/backup <<-'END'
		#!/bin/sh
		set -e
		mkdir -p /var/backups/site
		tar -czf /var/backups/site/site-$(date +%H%M).tar.gz -C /srv/www .
		find /var/backups/site -name 'site-*.tar.gz' -mmin +60 -delete
		logger -t backup "kept $(ls /var/backups/site | wc -l)"
	END
	cat >/usr/local/bin/check-site <<-'END'
		#!/bin/sh
		curl -fsS -o /dev/null http://localhost/ || echo "the site is down"
		df -P / | awk 'NR == 2 && $5 + 0 > 90 { print "the disk is full" }'
	END
	chmod 755 /usr/local/sbin/backup /usr/local/bin/check-site
	printf '%s\n' '* * * * * www-data /usr/local/bin/check-site' '*/5 * * * * root /usr/local/sbin/backup' \
		'*/20 * * * * root cd / && run-parts --report /etc/cron.daily' >/etc/cron.d/site
	systemctl enable --now cron
	echo '*/3 * * * * test -e $HOME/todo && wc -l $HOME/todo >$HOME/todo.count' | alice 'cat >table; crontab table; crontab -l; rm table'
}

rotation()
{
	at rotation
	cat >/etc/logrotate.d/site <<-'END'
		/var/log/site/*.log {
			rotate 7
			compress
			delaycompress
			missingok
			notifempty
		}
	END
	mkdir -p /var/log/site; date >>/var/log/site/site.log
	logrotate -f /etc/logrotate.conf
	ls -l /var/log/nginx | head
	journalctl --rotate; journalctl --vacuum-size=64M
}

look_around()
{
	at sessions
	alice 'uptime; w; free -m; df -h; ls -la; ps aux | head -n 20; ss -tln; last | head -n 5'
	alice 'tail -n 20 /var/log/dpkg.log; id; echo buy milk >>todo; grep -rn milk . | head'
	alice 'sudo systemctl status nginx | head -n 5; sudo journalctl -u nginx -n 5; sudo tail -n 3 /var/log/nginx/access.log'
	bob "correct-horse-battery-staple" 'uname -r; ls; mkdir -p notes; date >notes/today; find . -name today; cat notes/today'
}

copies()
{
	at copies
	seq 20000 >/root/desk/numbers
	desk scp -q "${with_key[@]}" /root/desk/numbers alice@192.0.2.10:numbers
	desk scp -q "${with_key[@]}" alice@192.0.2.10:numbers /root/desk/numbers.back
	printf 'ls\nput /root/desk/numbers more\nget more /root/desk/more\nrm more\n' |
		desk sftp -q "${with_key[@]}" -b - alice@192.0.2.10
	desk rsync -a -e "ssh ${with_key[*]}" /usr/share/common-licenses/ alice@192.0.2.10:licences/
	desk rsync -a --delete -e "ssh ${with_key[*]}" /usr/share/common-licenses/ alice@192.0.2.10:licences/
	cmp /root/desk/numbers /root/desk/numbers.back
	alice 'gzip -kf numbers; sort -rn numbers | head -n 3; tar -czf licences.tgz licences; rm -r licences'
}

build()
{
	at build
	alice 'mkdir -p src; cd src && curl -sO http://deb.example/hello.tar.gz && tar -xzf hello.tar.gz && cd hello-*/ && ./configure --quiet --prefix=$HOME/local'
	at make
	alice 'cd src/hello-*/ && make -j2 && make check && make install && ~/local/bin/hello'
	alice 'cd src && printf "#include <stdio.h>\nint main(void) { puts(\"primes\"); }\n" >primes.c && gcc -O2 -Wall -o primes primes.c && ./primes'
	alice 'cd src/hello-*/ && make clean >/dev/null; cd .. && rm -r hello-*/ hello.tar.gz'
}

upkeep()
{
	at upkeep
	alice 'sudo apt-get -qy install tree; tree -L 1 /etc | tail -n 1; sudo apt-get -qy remove tree; sudo apt-get -qy autoremove'
	alice 'sudo systemctl restart nginx; systemctl list-timers | head -n 5; sudo cat /etc/nginx/nginx.conf | wc -l'
	alice 'sudo sed -i "s/# gzip_vary on/gzip_vary on/" /etc/nginx/nginx.conf && sudo nginx -t && sudo systemctl reload nginx'
	systemctl start man-db.service systemd-tmpfiles-clean.service logrotate.service dpkg-db-backup.service
	man -P cat curl | head -n 3
	timedatectl | head -n 3; hostnamectl | head -n 3
	apt-get clean
}

upgrade
installations
timetable
web &
bob "correct-horse-battery-stable" true		# once he mistypes it
look_around
copies
rotation
build
upkeep
while left; do
	look_around
	copies
	alice 'cd src && gcc -O2 -Wall -o primes primes.c && ./primes'
	sleep 60
done
wait
at over
