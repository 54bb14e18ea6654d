// Settings: where they come from, which beat which, what is refused, what cannot work.
#include <boost/test/unit_test.hpp>

#include "base/config.h"
#include "base/errors.h"
#include "base/metrics.h"

using namespace hy;

namespace {
template <typename F>
std::string refusal(F&& work) {
    try {
        work();
    } catch (const Error& e) {
        BOOST_TEST(e.code == "config");
        return e.detail;
    }
    return "";
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool has(const std::vector<std::string>& list, const std::string& part) {
    for (const auto& text : list)
        if (has(text, part)) return true;
    return false;
}
Config fine() {
    Config c;
    c.auth.token_keys_file = c.auth.box_key_file = c.weapp.apps_file = "x";
    return c;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(reads_text) {
    Config c;
    read_config_text(
        c,
        "# a comment\n\n port = 9000 \r\nhttp.cors_origins = https://a , ,https://b\nrate_limit=off\nnats.user = a=b\n",
        "f");
    BOOST_TEST(c.port == 9000);
    BOOST_TEST(c.http.cors_origins.size() == 2u);
    BOOST_TEST(c.http.cors_origins.at(1) == "https://b");
    BOOST_TEST(!c.rate_limit);
    BOOST_TEST(c.nats.user == "a=b");
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_know) {
    Config c;
    const auto unknown = refusal([&] { read_config_text(c, "\ndatabse.socket = x", "my.conf"); });
    BOOST_TEST(has(unknown, "my.conf:2"));
    BOOST_TEST(has(unknown, "database.socket"), unknown);
    BOOST_TEST(has(refusal([&] { set_config(c, "zzzzzzzz", "1", "o"); }), "zzzzzzzz"));
    BOOST_TEST(!has(refusal([&] { set_config(c, "zzzzzzzz", "1", "o"); }), "mean"));
    BOOST_TEST(has(refusal([&] { read_config_text(c, "port 9000", "f"); }), "key = value"));
    BOOST_TEST(has(refusal([&] { read_config_file(c, "/nonexistent/hongyan.conf"); }), "cannot be read"));
    for (const auto* bad : {"", "x", "1.5", "-1", "1 2", "0x10", "99999999999999999999"})
        BOOST_TEST(has(refusal([&] { set_config(c, "port", bad, "o"); }), "port wants number"), bad);
    for (const auto* bad : {"", "yes", "2"})
        BOOST_TEST(has(refusal([&] { set_config(c, "rate_limit", bad, "o"); }), "on/off"), bad);
    BOOST_TEST(c.port == 8811);
}

BOOST_AUTO_TEST_CASE(the_environment) {
    Config c;
    const char* environment[] = {
        "PATH=/x", "HONGYAN_DATABASE_IDLE_SECONDS=7", "HONGYAN_TLS_CERT=c", "HONGYAN_CONFIG=/x", "HONGYAN_TEST_ANY=1",
        nullptr};
    read_config_environment(c, environment);
    BOOST_TEST(c.database.idle_seconds == 7);
    BOOST_TEST(c.tls.cert == "c");
    const char* wrong[] = {"HONGYAN_DATABASE_SOKET=x", nullptr};
    BOOST_TEST(has(refusal([&] { read_config_environment(c, wrong); }), "HONGYAN_DATABASE_SOCKET"));
    read_config_environment(c, nullptr);
}

BOOST_AUTO_TEST_CASE(flags_beat_the_environment) {
    const char* environment[] = {"HONGYAN_PORT=1", "HONGYAN_LOG_LEVEL=warn", nullptr};
    const char* words[] = {"program", "--port=2", "task", "--flag"};
    std::vector<std::string> rest;
    const Config c = load_config(4, words, environment, &rest);
    BOOST_TEST(c.port == 2);
    BOOST_TEST(c.log_level == "warn");
    BOOST_TEST((rest == std::vector<std::string>{"task", "--flag"}));
    BOOST_TEST(has(refusal([&] { load_config(4, words, environment); }), "task"));
    const char* unknown[] = {"program", "--prot=2"};
    BOOST_TEST(has(refusal([&] { load_config(2, unknown, environment); }), "port"));
    const char* missing[] = {"program", "--config=/nonexistent"};
    BOOST_TEST(!refusal([&] { load_config(2, missing, environment); }).empty());
}

BOOST_AUTO_TEST_CASE(every_key_can_be_set_from_its_own_text) {
    Config c;
    for (const auto& key : config_keys(Config{})) {
        BOOST_TEST(!key.description.empty(), key.name);
        set_config(c, key.name, key.value, "o");
    }
    const auto before = config_keys(Config{}), after = config_keys(c);
    for (size_t i = 0; i < before.size(); ++i) BOOST_TEST(before[i].value == after[i].value, before[i].name);
}

BOOST_AUTO_TEST_CASE(faults) {
    BOOST_TEST(config_faults(fine()).empty());
    BOOST_TEST(has(config_faults(Config{}), "token_keys_file"));
    const auto after = [](auto change) {
        Config c = fine();
        change(c);
        return config_faults(c);
    };
    BOOST_TEST(has(after([](Config& c) { c.profile = "test"; }), "profile"));
    BOOST_TEST(has(after([](Config& c) { c.public_url = "ftp://x"; }), "public_url"));
    BOOST_TEST(has(after([](Config& c) { c.tls.cert = "x"; }), "tls.key"));
    BOOST_TEST(has(after([](Config& c) { c.tls.cert = c.tls.key = "x"; }), "https"));
    BOOST_TEST(has(after([](Config& c) { c.http.threads = 0; }), "http.threads"));
    BOOST_TEST(has(after([](Config& c) { c.hooks.push_url = "https://x"; }), "hooks.secret_file"));
    BOOST_TEST(has(after([](Config& c) { c.hooks.after_send_url = "x"; }), "hooks.after_send_url"));
    BOOST_TEST(has(after([](Config& c) { c.hooks.before_send_ms = 1001; }), "hooks.before_send_ms"));
    BOOST_TEST(has(after([](Config& c) { c.relay.lease_seconds = 10; }), "lease"));
    BOOST_TEST(has(after([](Config& c) { c.weapp.provider = "dev"; }), "weapp.provider"));
    BOOST_TEST(has(after([](Config& c) { c.weapp.provider = "x"; }), "weapp.provider"));
    BOOST_TEST(has(after([](Config& c) { c.weapp.apps_file = ""; }), "apps_file"));
    BOOST_TEST(has(after([](Config& c) { c.rate_limit = false; }), "rate_limit"));
    BOOST_TEST(
        after([](Config& c) { c.profile = "development", c.weapp.provider = "dev", c.rate_limit = false; }).empty());
    BOOST_TEST(has(after([](Config& c) { c.profile = "development", c.http.address = "0.0.0.0"; }), "loopback"));
    BOOST_TEST(after([](Config& c) { c.http.address = "0.0.0.0"; }).empty());
}

BOOST_AUTO_TEST_CASE(secrets_by_file) { BOOST_CHECK_THROW(read_secret_file("/nonexistent"), Error); }

BOOST_AUTO_TEST_CASE(metrics_in_text_form) {
    metrics::Registry registry;
    registry.counter("hy_a_total", "As.", "route=\"/x\"").add(3);
    BOOST_TEST(&registry.counter("hy_a_total", "As.", "route=\"/x\"") ==
               &registry.counter("hy_a_total", "As.", "route=\"/x\""));
    registry.gauge("hy_g", "Gs.").set(-2);
    auto& h = registry.histogram("hy_h_seconds", "Hs.");
    h.observe_us(1000);  // on the bound: within
    h.observe_us(1001);
    h.observe_us(11'000'000);  // above all
    const std::string text = registry.render("p");
    for (const auto* line :
         {"# HELP hy_a_total As.\n# TYPE hy_a_total counter\n", "hy_a_total{process=\"p\",route=\"/x\"} 3\n",
          "# TYPE hy_g gauge\nhy_g{process=\"p\"} -2\n", "# TYPE hy_h_seconds histogram\n",
          "hy_h_seconds_bucket{process=\"p\",le=\"0.001\"} 1\n", "hy_h_seconds_bucket{process=\"p\",le=\"0.0025\"} 2\n",
          "hy_h_seconds_bucket{process=\"p\",le=\"10\"} 2\n", "hy_h_seconds_bucket{process=\"p\",le=\"+Inf\"} 3\n",
          "hy_h_seconds_sum{process=\"p\"} 11.002001\n", "hy_h_seconds_count{process=\"p\"} 3\n"})
        BOOST_TEST(has(text, line), line);
}

BOOST_AUTO_TEST_SUITE_END()
