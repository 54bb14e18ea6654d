#include "base/config.h"

#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "base/errors.h"
#include "base/text.h"
#include "base/zone.h"

namespace hy {

namespace {

// The AI providers have the same keys.
template <typename C, typename F>
void each_provider(C& c, F&& key) {
    const auto one = [&](const std::string& name, auto& provider) {
        key(("ai." + name + ".base_url").c_str(), provider.base_url, "where its API is");
        key(("ai." + name + ".key_file").c_str(), provider.key_file, "file with the operator's key; none: not offered");
        key(("ai." + name + ".model").c_str(), provider.model, "model of robots that name none");
        key(("ai." + name + ".price_in").c_str(), provider.price_in, "cents for a million tokens of questions");
        key(("ai." + name + ".price_out").c_str(), provider.price_out, "cents for a million tokens of answers");
    };
    one("doubao", c.ai.doubao);
    one("deepseek", c.ai.deepseek);
    one("kimi", c.ai.kimi);
    one("openai", c.ai.openai);
    one("custom", c.ai.custom);
    one("dify", c.ai.dify);
}

// The one list of keys: reading, checking and the documentation all walk it.
template <typename C, typename F>
void each_key(C& c, F&& key) {
    key("profile", c.profile, "production or development; development is for a loopback address only");
    key("port", c.port, "where nginx listens");
    key("public_url", c.public_url, "what the world calls this server; every address handed out is built from it");
    key("run_dir", c.run_dir, "sockets and stamps of running processes");
    key("log_level", c.log_level, "debug, info, warn or error");
    key("timezone", c.timezone, "where a day begins, for limits and statistics");
    key("rate_limit", c.rate_limit, "off lifts the limits on requests, for load tests");
    key("processes", c.processes, "processes of each FastCGI handler");
    key("tls.cert", c.tls.cert, "certificate chain (PEM); with tls.key nginx serves https and wss");
    key("tls.key", c.tls.key, "private key of tls.cert (PEM)");
    key("http.address", c.http.address, "the address nginx listens on");
    key("http.trusted_proxies", c.http.trusted_proxies, "networks whose X-Forwarded-For is believed");
    key("http.cors_origins", c.http.cors_origins, "origins that browsers may call from; none by default");
    key("http.threads", c.http.threads, "threads of a FastCGI handler");
    key("http.body_bytes", c.http.body_bytes, "largest request body, uploads apart");
    key("http.idle_exit_seconds", c.http.idle_exit_seconds,
        "a FastCGI handler that nobody asked so long ends with status 82; 0: never. Wants a socket that systemd holds");
    key("database.socket", c.database.socket, "unix socket of MariaDB or MySQL; beats host and port");
    key("database.host", c.database.host, "host of the database");
    key("database.port", c.database.port, "port of the database");
    key("database.name", c.database.name, "the schema's name");
    key("database.user", c.database.user, "the database user");
    key("database.password_file", c.database.password_file, "file with the user's password; none: no password");
    key("database.idle_seconds", c.database.idle_seconds, "a connection idle for so long is closed");
    key("database.connect_timeout_s", c.database.connect_timeout_s, "seconds to connect");
    key("database.io_timeout_s", c.database.io_timeout_s, "seconds for one read or write");
    key("nats.url", c.nats.url, "address of NATS; several with commas");
    key("nats.user", c.nats.user, "NATS user, when it asks for one");
    key("nats.password_file", c.nats.password_file, "file with the NATS password");
    key("auth.token_keys_file", c.auth.token_keys_file, "one `kid secret` a line; the last line signs, all verify");
    key("auth.box_key_file", c.auth.box_key_file, "64 hex digits: encrypts what is stored or handed out sealed");
    key("auth.access_seconds", c.auth.access_seconds, "life of an access token");
    key("auth.refresh_seconds", c.auth.refresh_seconds, "life of a refresh token");
    key("auth.refresh_grace_seconds", c.auth.refresh_grace_seconds, "a repeated refresh gets the same pair so long");
    key("weapp.provider", c.weapp.provider, "wechat, or dev (development only): code xyz logs in dev_xyz");
    key("weapp.base_url", c.weapp.base_url, "where jscode2session is asked");
    key("weapp.apps_file", c.weapp.apps_file, "one `appid secret` a line; the first is the default");
    key("sms.provider", c.sms.provider, "none, aliyun, tencent, hook, or log (development only)");
    key("sms.base_url", c.sms.base_url, "the hook's address, or another address of the provider");
    key("sms.key_id", c.sms.key_id, "the provider's AccessKeyId or SecretId");
    key("sms.key_secret_file", c.sms.key_secret_file, "file with its secret; the hook's signature is made with it too");
    key("sms.sign_name", c.sms.sign_name, "the signature in front of each text, as the provider knows it");
    key("sms.template_id", c.sms.template_id,
        "the provider's template: {code} at Aliyun, {1} code and {2} minutes at Tencent");
    key("sms.app_id", c.sms.app_id, "SmsSdkAppId at Tencent Cloud");
    key("sms.region", c.sms.region, "region at Tencent Cloud");
    key("sms.log_file", c.sms.log_file, "where the provider log writes codes, a JSON object a line");
    key("sms.per_phone_a_day", c.sms.per_phone_a_day, "codes a day for one phone");
    key("sms.per_address_an_hour", c.sms.per_address_an_hour, "codes an hour for one address");
    key("sms.per_day", c.sms.per_day, "codes a day in all: what the operator is willing to pay");
    key("workbot.access_seconds", c.workbot.access_seconds, "life of the access token of a login by phone");
    key("workbot.refresh_seconds", c.workbot.refresh_seconds, "life of its refresh token");
    key("workbot.robot_seconds", c.workbot.robot_seconds, "life of a device's token");
    key("workbot.robot_refresh_seconds", c.workbot.robot_refresh_seconds, "life of a device's refresh token");
    key("workbot.prices", c.workbot.prices,
        "days:cents of activation codes, shortest first; others cost as the next longer");
    key("workbot.idle_seconds", c.workbot.idle_seconds, "silence that closes a device's connection");
    key("workbot.command_hours", c.workbot.command_hours, "so long a command waits for its device");
    key("workbot.command_retries", c.workbot.command_retries, "times a command that failed is sent again");
    key("workbot.keep_commands_days", c.workbot.keep_commands_days, "finished commands and callbacks are kept so long");
    each_provider(c, key);
    key("ai.timeout_seconds", c.ai.timeout_seconds, "so long a provider may take to answer");
    key("ai.stream", c.ai.stream, "have providers answer piece by piece, for users who watch; off for one that cannot");
    key("ai.idle_minutes", c.ai.idle_minutes, "silence after which a talk with an AI begins anew");
    key("outgoing.allow", c.outgoing.allow, "networks of our own that users' webhooks and AI addresses may lead to");
    key("logs.keep_days", c.logs.keep_days, "entries of the log are kept so long");
    key("jobs.reply_workers", c.jobs.reply_workers, "answers by AI and webhooks made at once by one process");
    key("jobs.callback_workers", c.jobs.callback_workers, "results told to webhooks at once by one process");
    key("files.path", c.files.path, "folder of uploads; with files.store = s3 of those that are on their way");
    key("files.store", c.files.store, "local, or s3: an S3-compatible service, for more than one host");
    key("files.s3_url", c.files.s3_url, "its address without a path, https://s3.eu-central-1.amazonaws.com");
    key("files.s3_bucket", c.files.s3_bucket, "the bucket");
    key("files.s3_region", c.files.s3_region, "its region");
    key("files.s3_key_id", c.files.s3_key_id, "access key that may read, write and delete there");
    key("files.s3_secret_file", c.files.s3_secret_file, "file with its secret");
    key("files.s3_path_style", c.files.s3_path_style,
        "on: the bucket stands in the path (MinIO), off: in the host's name");
    key("files.max_bytes", c.files.max_bytes, "largest upload");
    key("files.link_seconds", c.files.link_seconds, "life of a signed link");
    key("files.keep_days", c.files.keep_days, "uploads older than this are deleted; 0 keeps them");
    key("alerts.webhook_url", c.alerts.webhook_url,
        "told, signed with hooks.secret_file, when what the doctor finds changes");
    key("alerts.disk_percent", c.alerts.disk_percent, "less free space than this is found");
    key("alerts.outbox_rows", c.alerts.outbox_rows, "more rows than this that wait to be published are found");
    key("alerts.late_seconds", c.alerts.late_seconds, "a job that is due for longer is found");
    key("alerts.codes_days", c.alerts.codes_days, "activation codes that end within so many days are found");
    key("alerts.certificate_days", c.alerts.certificate_days, "a certificate that ends within so many days is found");
    key("alerts.robots_minutes", c.alerts.robots_minutes, "a robot whose device is silent for longer is found");
    key("alerts.backup_hours", c.alerts.backup_hours, "a last backup that is older is found, where backup.path is set");
    key("backup.path", c.backup.path, "folder where hongyanctl backup keeps backups");
    key("backup.recipients_file", c.backup.recipients_file,
        "age public keys, a line each, that backups are encrypted for");
    key("backup.keep", c.backup.keep, "so many backups are kept; 0: all");
    key("messages.keep_days", c.messages.keep_days, "messages older than this are deleted; 0 keeps them");
    key("messages.recall_seconds", c.messages.recall_seconds, "so long a sender may recall");
    key("robots.per_user", c.robots.per_user, "robots a user may make");
    key("robots.wakes_per_minute", c.robots.wakes_per_minute,
        "messages a minute with which one user wakes another's robot");
    key("robots.agent_unconfirmed", c.robots.agent_unconfirmed,
        "messages out to one agent connection and not yet confirmed");
    key("robots.pending_hours", c.robots.pending_hours, "so long a message waits for an agent");
    key("robots.keep_deleted_days", c.robots.keep_deleted_days, "what a deleted robot leaves is kept so long");
    key("groups.members", c.groups.members, "members that a group may have");
    key("groups.per_account", c.groups.per_account, "groups that an account may be in");
    key("wukongim.tcp_listen", c.wukongim.tcp_listen,
        "address:port where the relay takes WuKongIM's TCP clients; none: it takes none");
    key("wukongim.tcp_address", c.wukongim.tcp_address,
        "host:port that these clients are told; none: public_url's host and the port above");
    key("wukongim.connect_seconds", c.wukongim.connect_seconds, "so long a client may take to introduce itself");
    key("wukongim.idle_seconds", c.wukongim.idle_seconds, "silence that closes a WuKongIM client's connection");
    key("wukongim.resend_seconds", c.wukongim.resend_seconds, "an unacknowledged message is sent again after so long");
    key("wukongim.resends", c.wukongim.resends, "so often; then the client finds it by syncing");
    key("wukongim.token_seconds", c.wukongim.token_seconds, "life of a token for connecting");
    key("openim.secret_file", c.openim.secret_file,
        "file with the secret by which the operator's own system registers users; none: it cannot");
    key("openim.token_seconds", c.openim.token_seconds, "life of a token that is asked for with the secret");
    key("openim.idle_seconds", c.openim.idle_seconds, "silence that closes an OpenIM client's connection");
    key("openim.friend_auto_accept", c.openim.friend_auto_accept, "who asks to be a friend is one at once");
    key("openim.friend_verify", c.openim.friend_verify, "only friends may write to each other in private");
    key("hooks.secret_file", c.hooks.secret_file, "file with the secret that hooks are signed with");
    key("hooks.before_send_url", c.hooks.before_send_url, "asked before something is said to a person or group");
    key("hooks.before_send_ms", c.hooks.before_send_ms, "so long it may take to answer, at most 1000");
    key("hooks.before_send_open", c.hooks.before_send_open,
        "when it does not answer: on says the message, off refuses it");
    key("hooks.after_send_url", c.hooks.after_send_url, "told what was said");
    key("hooks.push_url", c.hooks.push_url, "told whom a push service should tell of a message, since they are away");
    key("limits.friends", c.limits.friends, "friends that an account may have");
    key("limits.connections_per_account", c.limits.connections_per_account, "open streams of one account");
    key("limits.connections_per_robot", c.limits.connections_per_robot, "open agent streams of one robot");
    key("limits.connections_per_address", c.limits.connections_per_address, "open streams of one address");
    key("limits.address_per_minute", c.limits.address_per_minute, "requests a minute from one address");
    key("limits.refused_per_minute", c.limits.refused_per_minute, "answers of 401 a minute that block an address");
    key("limits.refused_block_seconds", c.limits.refused_block_seconds, "for how long");
    key("relay.name", c.relay.name, "name of a relay, unique among all that run");
    key("relay.listen", c.relay.listen, "address:port of the relay's WebSocket side, behind nginx");
    key("relay.upstreams", c.relay.upstreams,
        "address:port of every relay that nginx shares connections among; none: relay.listen");
    key("relay.loops", c.relay.loops, "event loops (threads) of a relay");
    key("relay.send_queue_bytes", c.relay.send_queue_bytes,
        "bytes that may wait for one connection before it is closed");
    key("relay.frame_bytes", c.relay.frame_bytes, "largest message from a client");
    key("relay.idle_seconds", c.relay.idle_seconds, "silence that closes a connection");
    key("relay.ping_seconds", c.relay.ping_seconds, "silence after which the relay pings");
    key("relay.connections", c.relay.connections, "most connections of one relay");
    key("relay.opens_in_flight", c.relay.opens_in_flight, "connections being admitted at once");
    key("relay.ask_timeout_ms", c.relay.ask_timeout_ms, "how long the relay waits for a handler's answer");
    key("relay.gap_wait_ms", c.relay.gap_wait_ms, "how long a gap in a channel may close by itself");
    key("relay.heads_seconds", c.relay.heads_seconds, "how often last numbers are compared");
    key("relay.heartbeat_seconds", c.relay.heartbeat_seconds, "how often a relay says that it lives");
    key("relay.lease_seconds", c.relay.lease_seconds, "silence after which its connections are void");
    key("events.workers", c.events.workers, "threads of an event handler; one account holds at most half of them");
    key("events.queue", c.events.queue, "requests that may wait in an event handler; a quarter of them one account's");
    key("outbox.sweep_ms", c.outbox.sweep_ms, "how often the sweeper looks");
    key("outbox.after_ms", c.outbox.after_ms, "age at which the sweeper publishes a row");
    key("outbox.batch", c.outbox.batch, "rows published and deleted at once");
}

std::string type_of(const std::string&) { return "text"; }
std::string type_of(int64_t) { return "number"; }
std::string type_of(bool) { return "on/off"; }
std::string type_of(const std::vector<std::string>&) { return "list"; }

std::string text_of(const std::string& v) { return v; }
std::string text_of(int64_t v) { return std::to_string(v); }
std::string text_of(bool v) { return v ? "on" : "off"; }
std::string text_of(const std::vector<std::string>& v) {
    std::string text;
    for (const auto& item : v) text += (text.empty() ? "" : ", ") + item;
    return text;
}

bool parse(std::string& into, std::string_view text) {
    into = text;
    return true;
}
bool parse(int64_t& into, std::string_view text) {
    const auto value = to_int(text);
    if (value && *value >= 0) into = *value;
    return value && *value >= 0;
}
bool parse(bool& into, std::string_view text) {
    const std::string word = lower(text);
    if (word == "on" || word == "true" || word == "1") into = true;
    else if (word == "off" || word == "false" || word == "0") into = false;
    else return false;
    return true;
}
bool parse(std::vector<std::string>& into, std::string_view text) {
    into.clear();
    for (const auto& part : split(text, ','))
        if (!trim(part).empty()) into.emplace_back(trim(part));
    return true;
}

[[noreturn]] void refuse(std::string_view origin, const std::string& why) {
    throw Error(Fault::bad_request, "config", std::string(origin) + ": " + why);
}

std::string environment_name(std::string_view key) {
    std::string name = "HONGYAN_";
    for (const char c : key) name.push_back(c == '.' ? '_' : static_cast<char>(toupper(c)));
    return name;
}

}  // namespace

std::vector<ConfigKey> config_keys(const Config& config) {
    std::vector<ConfigKey> keys;
    each_key(config, [&](const char* name, const auto& value, const char* description) {
        keys.push_back({name, type_of(value), description, text_of(value)});
    });
    return keys;
}

void set_config(Config& config, std::string_view key, std::string_view value, std::string_view origin) {
    bool found = false;
    std::vector<std::string> known;
    each_key(config, [&](const char* name, auto& member, const char*) {
        known.emplace_back(name);
        if (key != name) return;
        found = true;
        if (!parse(member, value))
            refuse(origin, std::string(key) + " wants " + type_of(member) + ", not \"" + std::string(value) + "\"");
    });
    if (found) return;
    const std::string near = nearest(key, known);
    refuse(origin, "unknown key " + std::string(key) + (near.empty() ? "" : "; did you mean " + near + "?"));
}

void read_config_text(Config& config, std::string_view text, std::string_view file_name) {
    int number = 0;
    for (const auto& line : split(text, '\n')) {
        ++number;
        const std::string_view content = trim(line);
        if (content.empty() || content.front() == '#') continue;
        const std::string origin = std::string(file_name) + ":" + std::to_string(number);
        const size_t equals = content.find('=');
        if (equals == std::string_view::npos) refuse(origin, "a line is `key = value`");
        set_config(config, trim(content.substr(0, equals)), trim(content.substr(equals + 1)), origin);
    }
}

void read_config_file(Config& config, const std::string& path) {
    std::ifstream file(path);
    if (!file) refuse(path, "cannot be read");
    std::ostringstream text;
    text << file.rdbuf();
    read_config_text(config, text.str(), path);
}

void read_config_environment(Config& config, const char* const* environment) {
    for (; environment && *environment; ++environment) {
        const std::string_view entry = *environment;
        const size_t equals = entry.find('=');
        if (!entry.starts_with("HONGYAN_") || equals == std::string_view::npos) continue;
        const std::string_view name = entry.substr(0, equals);
        // Where a process finds its settings, and what tests tell each other, are no settings.
        if (name == "HONGYAN_CONFIG" || name == "HONGYAN_VAR" || name.starts_with("HONGYAN_TEST_")) continue;
        std::string key;
        std::vector<std::string> names;
        for (const auto& known : config_keys(config)) {
            names.push_back(environment_name(known.name));
            if (names.back() == name) key = known.name;
        }
        if (key.empty()) {
            const std::string near = nearest(name, names);
            refuse("environment",
                   "unknown " + std::string(name) + (near.empty() ? "" : "; did you mean " + near + "?"));
        }
        set_config(config, key, entry.substr(equals + 1), name);
    }
}

Config load_config(int argc, const char* const* argv, const char* const* environment, std::vector<std::string>* rest) {
    Config config;
    std::string path;
    for (auto e = environment; e && *e; ++e)
        if (std::strncmp(*e, "HONGYAN_CONFIG=", 15) == 0) path = *e + 15;
    std::vector<std::pair<std::string, std::string>> flags;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const size_t equals = word.find('=');
        if (!word.starts_with("--") || equals == std::string_view::npos) {
            if (rest) rest->emplace_back(word);
            else refuse("command line", "what is \"" + std::string(word) + "\"? Flags are --key=value");
            continue;
        }
        const std::string key(word.substr(2, equals - 2)), value(word.substr(equals + 1));
        if (key == "config") path = value;
        else flags.emplace_back(key, value);
    }
    if (!path.empty()) read_config_file(config, path);
    read_config_environment(config, environment);
    for (const auto& [key, value] : flags) set_config(config, key, value, "--" + key);
    return config;
}

namespace {

void check_sms(const Config& c, std::vector<std::string>& faults) {
    const std::string& provider = c.sms.provider;
    const bool cloud = provider == "aliyun" || provider == "tencent";
    if (!cloud && provider != "hook" && provider != "log" && provider != "none")
        faults.emplace_back("sms.provider: none, aliyun, tencent, hook or log");
    const auto wants = [&](bool needed, const std::string& value, const char* key) {
        if (needed && value.empty()) faults.push_back(std::string(key) + ": is needed with sms.provider = " + provider);
    };
    wants(cloud, c.sms.key_id, "sms.key_id");
    wants(cloud || provider == "hook", c.sms.key_secret_file, "sms.key_secret_file");
    wants(cloud, c.sms.sign_name, "sms.sign_name");
    wants(cloud, c.sms.template_id, "sms.template_id");
    wants(provider == "tencent", c.sms.app_id, "sms.app_id");
    wants(provider == "hook", c.sms.base_url, "sms.base_url");
    if (provider == "log" && !c.development())
        faults.emplace_back("sms.provider: log is for the development profile only");
}

// "10.0.0.2:8812" without its port.
std::string host_of(const std::string& address) { return address.substr(0, address.rfind(':')); }

void check_files(const Config& c, std::vector<std::string>& faults) {
    const auto& f = c.files;
    if (f.store == "s3") {
        const size_t host = f.s3_url.find("://");
        const bool address = f.s3_url.starts_with("http://") || f.s3_url.starts_with("https://");
        if (!address || f.s3_url.find('/', host + 3) != std::string::npos)
            faults.emplace_back("files.s3_url: http:// or https:// and a host, without a path");
        for (const auto& [key, value] : {std::pair{"files.s3_bucket", &f.s3_bucket},
                                         {"files.s3_key_id", &f.s3_key_id},
                                         {"files.s3_secret_file", &f.s3_secret_file},
                                         {"files.s3_region", &f.s3_region}})
            if (value->empty()) faults.push_back(std::string(key) + ": is needed with files.store = s3");
        return;
    }
    if (f.store != "local") faults.emplace_back("files.store: local or s3");
    // A relay elsewhere is a host elsewhere, whose uploads would be there alone.
    std::set<std::string> hosts;
    for (const auto& relay : c.relay.upstreams) hosts.insert(host_of(relay));
    if (hosts.size() > 1)
        faults.emplace_back("files.store: with more than one host (relay.upstreams) uploads need a store of all: s3");
}

void check_hooks(const Config& c, std::vector<std::string>& faults) {
    const std::pair<const char*, const std::string&> urls[] = {{"hooks.before_send_url", c.hooks.before_send_url},
                                                               {"hooks.after_send_url", c.hooks.after_send_url},
                                                               {"hooks.push_url", c.hooks.push_url}};
    for (const auto& [key, url] : urls) {
        if (url.empty()) continue;
        if (!url.starts_with("http://") && !url.starts_with("https://"))
            faults.push_back(std::string(key) + ": begins with http:// or https://");
        if (c.hooks.secret_file.empty()) faults.push_back("hooks.secret_file: is needed with " + std::string(key));
    }
    if (c.hooks.before_send_ms < 1 || c.hooks.before_send_ms > 1000)
        faults.emplace_back("hooks.before_send_ms: 1 to 1000");
}

// "30:5000": days and what they cost in cents.
bool is_price(const std::string& text) {
    const auto parts = split(text, ':');
    return parts.size() == 2 && to_int(parts[0]).value_or(0) > 0 && to_int(parts[1]).value_or(-1) >= 0;
}

// Whoever has it may be any registered user.
bool weak_secret(const std::string& path) {
    if (path.empty()) return false;
    std::ifstream file(path);
    std::string secret;
    std::getline(file, secret);
    // One that cannot be read says so when it is needed.
    return file.is_open() && trim(secret).size() < 16;
}

}  // namespace

std::vector<std::string> config_faults(const Config& c) {
    std::vector<std::string> faults;
    const auto unless = [&](bool fine, const char* words) {
        if (!fine) faults.emplace_back(words);
    };
    const bool known = c.profile == "production" || c.profile == "development";
    unless(known, "profile: production or development");
    unless(c.public_url.starts_with("http://") || c.public_url.starts_with("https://"),
           "public_url: begins with http:// or https://");
    unless(c.tls.cert.empty() == c.tls.key.empty(), "tls.cert and tls.key go together");
    unless(c.tls.cert.empty() || c.public_url.starts_with("https://"), "public_url: is https:// when tls.cert is set");
    unless(!c.auth.token_keys_file.empty(), "auth.token_keys_file: is needed");
    unless(!c.auth.box_key_file.empty(), "auth.box_key_file: is needed");
    unless(zone_known(c.timezone), "timezone: a zone of this machine, like Asia/Shanghai (package tzdata)");
    unless(c.ai.timeout_seconds >= 1 && c.ai.timeout_seconds <= 300, "ai.timeout_seconds: 1 to 300");
    unless(c.jobs.reply_workers >= 1 && c.jobs.reply_workers <= 256, "jobs.reply_workers: 1 to 256");
    unless(c.jobs.callback_workers >= 1 && c.jobs.callback_workers <= 256, "jobs.callback_workers: 1 to 256");
    unless(c.http.threads >= 1 && c.http.threads <= 64, "http.threads: 1 to 64");
    unless(c.relay.loops >= 1 && c.relay.loops <= 64, "relay.loops: 1 to 64");
    unless(c.relay.lease_seconds > 2 * c.relay.heartbeat_seconds, "relay.lease_seconds: more than two heartbeats");
    unless(c.relay.connections <= 20000, "relay.connections: at most 20000; run more relays");
    unless(!c.relay.name.empty() && c.relay.name.size() <= 16, "relay.name: 1 to 16 characters");
    unless(c.weapp.provider == "wechat" || c.weapp.provider == "dev", "weapp.provider: wechat or dev");
    unless(c.weapp.provider != "wechat" || !c.weapp.apps_file.empty(),
           "weapp.apps_file: is needed with weapp.provider = wechat");
    check_sms(c, faults);
    check_hooks(c, faults);
    check_files(c, faults);
    unless(c.alerts.webhook_url.empty() || !c.hooks.secret_file.empty(),
           "hooks.secret_file: is needed with alerts.webhook_url");
    for (const auto& price : c.workbot.prices)
        if (!is_price(price)) faults.push_back("workbot.prices: \"" + price + "\" is not days:cents");
    const bool loopback = c.http.address == "127.0.0.1" || c.http.address == "::1" || c.http.address == "localhost";
    if (c.development()) {
        unless(loopback, "http.address: the development profile listens on loopback only");
        unless(c.relay.listen.starts_with("127.") || c.relay.listen.starts_with("[::1]") ||
                   c.relay.listen.starts_with("localhost:"),
               "relay.listen: the development profile listens on loopback only");
    } else {
        unless(c.weapp.provider != "dev", "weapp.provider: dev is for the development profile only");
        unless(c.rate_limit, "rate_limit: off is for the development profile only");
        unless(!weak_secret(c.openim.secret_file),
               "openim.secret_file: its secret is well known or shorter than 16 characters; make one of your own");
    }
    return faults;
}

std::string read_secret_file(const std::string& path) {
    if (path.empty())
        throw Error(Fault::internal, "config",
                    "a file of secrets is not set; is --config=FILE or HONGYAN_CONFIG missing?");
    std::ifstream file(path);
    std::ostringstream text;
    if (file) text << file.rdbuf();
    if (!file) throw Error(Fault::internal, "config", path + " cannot be read");
    return std::string(trim(text.str()));
}

}  // namespace hy
