// Every setting of every process, as one typed struct. A value comes from, the later
// beating the earlier: its default here, hongyan.conf (key = value), HONGYAN_* in the
// environment ("database.socket" is HONGYAN_DATABASE_SOCKET), --key=value.
// Unknown keys are errors that name the nearest known one.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace hy {

struct Config {
    std::string profile = "production";
    int64_t port = 8811;
    std::string public_url = "http://localhost:8811";
    std::string run_dir = "/run/hongyan";
    std::string log_level = "info";
    std::string timezone = "Asia/Shanghai";
    bool rate_limit = true;
    int64_t processes = 2;

    struct {
        std::string cert, key;
    } tls;
    struct {
        std::string address = "127.0.0.1";
        std::vector<std::string> trusted_proxies;
        std::vector<std::string> cors_origins;
        int64_t threads = 4;
        int64_t body_bytes = 1 << 20;
        int64_t idle_exit_seconds = 0;
    } http;
    struct {
        std::string socket, host = "127.0.0.1", name = "hongyan", user = "hongyan", password_file;
        int64_t port = 3306;
        int64_t idle_seconds = 60;
        int64_t connect_timeout_s = 3;
        int64_t io_timeout_s = 10;
    } database;
    struct {
        std::string url = "nats://127.0.0.1:4222", user, password_file;
    } nats;
    struct {
        std::string token_keys_file, box_key_file;
        int64_t access_seconds = 86400;
        int64_t refresh_seconds = 30 * 86400;
        int64_t refresh_grace_seconds = 30;
    } auth;
    struct {
        std::string provider = "wechat", base_url = "https://api.weixin.qq.com", apps_file;
    } weapp;
    struct {
        std::string provider = "none", base_url, key_id, key_secret_file, sign_name, template_id, app_id;
        std::string region = "ap-guangzhou", log_file = "/var/log/hongyan/sms.log";
        int64_t per_phone_a_day = 10, per_address_an_hour = 20, per_day = 10000;
    } sms;
    struct {
        int64_t access_seconds = 7 * 86400, refresh_seconds = 30 * 86400;
        int64_t robot_seconds = 30 * 86400, robot_refresh_seconds = 90 * 86400;
        std::vector<std::string> prices = {"30:5000", "180:20000", "365:30000"};
        int64_t idle_seconds = 60, command_hours = 24, command_retries = 3, keep_commands_days = 30;
    } workbot;
    struct Provider {
        std::string base_url, key_file, model;
        int64_t price_in = 0, price_out = 0;  // cents for a million tokens
    };
    struct {
        Provider doubao{"https://ark.cn-beijing.volces.com/api/v3", "", "doubao-pro-32k", 80, 200};
        Provider deepseek{"https://api.deepseek.com/v1", "", "deepseek-chat", 200, 800};
        Provider kimi{"https://api.moonshot.cn/v1", "", "moonshot-v1-32k", 2400, 2400};
        Provider openai{"https://api.openai.com/v1", "", "gpt-4o-mini", 107, 428};
        Provider custom;
        Provider dify;
        int64_t timeout_seconds = 30, idle_minutes = 30;
        bool stream = true;
    } ai;
    struct {
        std::vector<std::string> allow;
    } outgoing;
    struct {
        int64_t keep_days = 30;
    } logs;
    struct {
        int64_t reply_workers = 16, callback_workers = 8;
    } jobs;
    struct {
        std::string path = "/var/lib/hongyan/files", store = "local";
        std::string s3_url, s3_bucket, s3_region = "us-east-1", s3_key_id, s3_secret_file;
        bool s3_path_style = false;
        int64_t max_bytes = 10 << 20;
        int64_t link_seconds = 7 * 86400;
        int64_t keep_days = 0;
    } files;
    struct {
        std::string webhook_url;
        int64_t disk_percent = 10, outbox_rows = 1000, late_seconds = 300, codes_days = 3, certificate_days = 14;
        int64_t robots_minutes = 10, backup_hours = 26;
    } alerts;
    struct {
        std::string path, recipients_file;
        int64_t keep = 14;
    } backup;
    struct {
        int64_t keep_days = 0, recall_seconds = 120;
    } messages;
    struct {
        int64_t per_user = 30, wakes_per_minute = 20, agent_unconfirmed = 32, pending_hours = 24;
        int64_t keep_deleted_days = 30;
    } robots;
    struct {
        int64_t members = 20000, per_account = 1000;
    } groups;
    struct {
        std::string tcp_listen, tcp_address;
        int64_t connect_seconds = 10, idle_seconds = 180;
        int64_t resend_seconds = 60, resends = 5;
        int64_t token_seconds = 30 * 86400;
    } wukongim;
    struct {
        std::string secret_file;
        int64_t token_seconds = 7 * 86400;
        int64_t idle_seconds = 45;
        bool friend_auto_accept = false, friend_verify = false;
    } openim;
    struct {
        std::string secret_file, before_send_url, after_send_url, push_url;
        int64_t before_send_ms = 1000;
        bool before_send_open = true;
    } hooks;
    struct {
        int64_t friends = 5000;
        int64_t connections_per_account = 64, connections_per_robot = 256;
        int64_t connections_per_address = 2000;
        int64_t address_per_minute = 3000, refused_per_minute = 30, refused_block_seconds = 60;
    } limits;
    struct {
        std::string name = "relay", listen = "127.0.0.1:8812";
        std::vector<std::string> upstreams;
        int64_t loops = 1;
        int64_t send_queue_bytes = 1 << 20;
        int64_t frame_bytes = 256 << 10;
        int64_t idle_seconds = 90, ping_seconds = 30;
        int64_t connections = 20000, opens_in_flight = 64;
        int64_t ask_timeout_ms = 5000, gap_wait_ms = 100, heads_seconds = 10;
        int64_t heartbeat_seconds = 5, lease_seconds = 15;
    } relay;
    struct {
        int64_t workers = 4, queue = 256;
    } events;
    struct {
        int64_t sweep_ms = 500, after_ms = 2000, batch = 500;
    } outbox;

    bool development() const { return profile == "development"; }
    // Networks of our own that users may have called.
    std::vector<std::string> callable() const {
        auto networks = outgoing.allow;
        if (development()) networks.insert(networks.end(), {"127.0.0.0/8", "::1"});
        return networks;
    }
};

// One row of the table of keys.
struct ConfigKey {
    std::string name;  // "database.socket"
    std::string type;  // text, number, on/off, list
    std::string description;
    std::string value;  // of the Config it was asked for
};
std::vector<ConfigKey> config_keys(const Config& config);

// Sets one key from text. Throws Error(bad_request, "config") that names the key.
void set_config(Config& config, std::string_view key, std::string_view value, std::string_view origin);
void read_config_text(Config& config, std::string_view text, std::string_view file_name);
void read_config_file(Config& config, const std::string& path);
void read_config_environment(Config& config, const char* const* environment);

// --config=FILE (or HONGYAN_CONFIG), then the environment, then the flags. What is not
// a --key=value flag is left in `rest`.
Config load_config(int argc, const char* const* argv, const char* const* environment,
                   std::vector<std::string>* rest = nullptr);

// What cannot work, in words for the operator; empty when all is well.
std::vector<std::string> config_faults(const Config& config);

// The whole of a small file (a secret), without the line's end. Throws when it is not there.
std::string read_secret_file(const std::string& path);

}  // namespace hy
