// hongyanctl doctor on a running stack: what it finds, what it tells, and that it tells each change once.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "auth/crypto.h"
#include "base/encode.h"
#include "e2e/processes.h"
#include "e2e/stack.h"
#include "e2e/tool.h"
#include "support/stand_in.h"
#include "support/wait.h"

namespace hy::test {

namespace {

Ended doctor(const std::string& words) { return ctl("doctor " + words); }

// The dev stack's disk and devices are not this test's business.
const std::string kQuiet =
    "--alerts.disk_percent=0 --alerts.robots_minutes=100000 --alerts.codes_days=0 --alerts.late_seconds=3600 ";

}  // namespace

BOOST_AUTO_TEST_SUITE(doctors)

BOOST_AUTO_TEST_CASE(a_program_that_does_not_run_a_full_disk_and_no_backup_are_found) {
    const auto well = doctor(kQuiet);
    BOOST_TEST(well.status < 2, well.said);
    stack().supervisor("stop jobs-callbacks");
    const std::string none = stack().var + "/no-backups";
    std::filesystem::create_directories(none);
    const auto ill = doctor("--alerts.disk_percent=100 --backup.path=" + none);
    stack().supervisor("start jobs-callbacks");
    BOOST_TEST(ill.status == 2);
    for (const char* words : {"jobs-callbacks does not run", " % left (", "there is no backup in "})
        BOOST_TEST(ill.says(words), words << " in: " << ill.said);
    std::filesystem::remove_all(none);
    BOOST_REQUIRE(eventually([&] { return !doctor(kQuiet).says("jobs-callbacks"); }));
}

BOOST_AUTO_TEST_CASE(nats_and_the_database_away_are_found_and_nothing_hangs) {
    const auto bus = doctor(kQuiet + "--nats.url=nats://127.0.0.1:1");
    BOOST_TEST(bus.status == 2);
    BOOST_TEST(bus.says("NATS is away"), bus.said);
    const auto database = doctor(kQuiet + "--database.socket=" + stack().var + "/nothing.sock");
    BOOST_TEST(database.status == 2);
    BOOST_TEST(database.says("the database is away"), database.said);
    // What went wrong with it is for the operator; his password is not.
    BOOST_TEST(!database.says(read_secret_file(stack().config.database.password_file)));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_ends_is_found) {
    const std::string folder = stack().var + "/certificate";
    std::filesystem::create_directories(folder);
    const auto with = [&](int days) {
        const std::string make = "openssl req -x509 -newkey rsa:2048 -nodes -days " + std::to_string(days) +
                                 " -subj /CN=a -keyout " + folder + "/key.pem -out " + folder +
                                 "/cert.pem >/dev/null 2>&1";
        BOOST_REQUIRE(std::system(make.c_str()) == 0);
        return doctor(kQuiet + "--public_url=https://a --tls.key=" + folder + "/key.pem --tls.cert=" + folder +
                      "/cert.pem");
    };
    BOOST_TEST(with(10).says("the certificate ends in"));
    BOOST_TEST(!with(100).says("certificate"));
    const auto lost = doctor(kQuiet + "--public_url=https://a --tls.key=k --tls.cert=" + folder + "/none.pem");
    BOOST_TEST(lost.says("cannot be read"), lost.said);
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(each_change_is_told_once_and_signed) {
    std::filesystem::remove(stack().config.run_dir + "/doctor.state");
    int status = 500;
    StandIn operator_side([&](const Asked&) { return Told{status}; });
    const std::string secret = stack().var + "/doctor-secret";
    BOOST_REQUIRE(std::system(("echo a-secret-of-the-operators > " + secret).c_str()) == 0);
    const std::string words =
        "alert --hooks.secret_file=" + secret + " --alerts.webhook_url=" + operator_side.url() + "/alerts " + kQuiet;
    const std::string ill = words + "--nats.url=nats://127.0.0.1:1";
    BOOST_TEST(doctor(ill).says("the alert was not taken"));
    status = 200;
    doctor(ill);
    doctor(ill);
    BOOST_REQUIRE(operator_side.count() == 2u);
    const auto told = operator_side.asked().back();
    const auto body = json::parse(told.body);
    BOOST_REQUIRE(body);
    BOOST_TEST(body->text_or("status") == "grave");
    BOOST_TEST(told.body.find("\"key\":\"nats\"") != std::string::npos);
    BOOST_TEST(told.header("x-signature") == to_hex(auth::hmac_sha256("a-secret-of-the-operators", told.body)));
    BOOST_TEST(!told.header("x-delivery-id").empty());
    doctor(words);
    BOOST_REQUIRE(operator_side.count() == 3u);
    BOOST_TEST(operator_side.asked().back().body.find("\"key\":\"nats\"") == std::string::npos);
    std::filesystem::remove(secret);
    std::filesystem::remove(stack().config.run_dir + "/doctor.state");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
