// A backup under a load of sends, tried and brought back beside: what was acknowledged before it began is in it, and what
// is in it is a house in which every rule holds.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "e2e/stack.h"
#include "e2e/tool.h"
#include "support/house_check.h"
#include "support/wait.h"

namespace hy::test {

namespace {

std::string folder() { return stack().var + "/backups"; }

// The path that `hongyanctl backup` prints.
std::string made(const std::string& said) { return said.substr(0, said.find(' ')); }

struct Scratch {
    Scratch() { std::filesystem::remove_all(folder()); }
    ~Scratch() { std::filesystem::remove_all(folder()); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(backup)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_before_is_in_it_and_verify_says_so) {
    const Scratch scratch;
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    const auto file = stack().upload(alice.headers(), "a.txt", "text/plain", "in the backup");
    BOOST_REQUIRE(file.status == 200);
    std::atomic<bool> stop{false};
    std::atomic<int64_t> acknowledged{0};
    // Sends without a pause until the backup is there; the numbers that count are those before it began.
    std::thread sender([&] {
        auto user = stack().user(alice, robot);
        for (int i = 0; !stop; ++i) {
            const std::string number = "backup-" + std::to_string(i);
            user->text(user_says(number, "default", number));
            while (user->next_json().text_or("clientMsgId") != number) continue;
            ++acknowledged;
        }
    });
    const bool began = eventually([&] { return acknowledged >= 50; });
    const int64_t before = acknowledged;
    const auto done = ctl("backup --to=" + folder());
    stop = true;
    sender.join();
    BOOST_REQUIRE(began);
    BOOST_REQUIRE_MESSAGE(done.status == 0, done.said);
    const auto verified = ctl("verify " + made(done.said));
    BOOST_TEST(verified.status == 0, verified.said);
    BOOST_TEST(verified.said.find("can be restored") != std::string::npos, verified.said);
    const std::string beside = "hongyan_e2e_backup";
    const auto restored = ctl("restore " + made(done.said) + " --into=" + beside);
    BOOST_REQUIRE_MESSAGE(restored.status == 0, restored.said);
    BOOST_TEST(other_driver::number("SELECT COUNT(*) FROM " + beside + ".messages WHERE sender_id = " + alice.name() +
                                    " AND sender_type = 0 AND client_no LIKE 'backup-%'") >= before);
    BOOST_TEST(other_driver::number("SELECT COUNT(*) FROM " + beside + ".files WHERE owner_id = " + alice.name()) == 1);
    BOOST_TEST(other_driver::house_faults(false, beside) == "");
    other_driver::execute("DROP DATABASE " + beside);
}

BOOST_AUTO_TEST_CASE(what_is_damaged_or_foreign_is_refused) {
    const Scratch scratch;
    const auto done = ctl("backup --to=" + folder());
    BOOST_REQUIRE_MESSAGE(done.status == 0, done.said);
    const std::string whole = made(done.said);
    // A house stands here: nothing replaces it unasked.
    const auto replaced = ctl("restore " + whole);
    BOOST_TEST(replaced.status != 0);
    BOOST_TEST(replaced.said.find("--replace") != std::string::npos, replaced.said);
    const auto own = ctl("restore " + whole + " --into=hongyan");
    BOOST_TEST(own.status != 0, own.said);
    std::fstream file(whole + "/database.zst", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(1000);
    file.put('x').put('y').put('z');
    file.close();
    for (const std::string& task :
         std::vector<std::string>{"verify " + whole, "restore " + whole + " --into=hongyan_e2e_backup",
                                  "verify " + folder() + "/none", "backup --to=/proc/none"}) {
        const auto refused = ctl(task);
        BOOST_TEST(refused.status != 0, task << ": " << refused.said);
    }
    BOOST_TEST(stack().healthz().status == 200);
}

BOOST_AUTO_TEST_CASE(older_ones_go_and_an_interrupted_one_too) {
    const Scratch scratch;
    for (const char* old : {"hongyan-20200101T000000Z", "hongyan-20200102T000000Z", "hongyan-20200103T000000Z.partial"})
        std::filesystem::create_directories(folder() + "/" + old);
    BOOST_REQUIRE(ctl("backup --keep=2 --to=" + folder()).status == 0);
    BOOST_TEST(!std::filesystem::exists(folder() + "/hongyan-20200101T000000Z"));
    BOOST_TEST(std::filesystem::exists(folder() + "/hongyan-20200102T000000Z"));
    BOOST_TEST(!std::filesystem::exists(folder() + "/hongyan-20200103T000000Z.partial"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
