// Every .case file below tests/cases as two tests: <door>/<file>/pipeline and
// <door>/<file>/nginx. Needs the running stack: HONGYAN_TEST_VAR (its folder) and
// HONGYAN_TEST_URL (its nginx), which tests/run.sh sets. The format: case_file.h, README.md.
#define BOOST_TEST_MODULE cases
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/log.h"
#include "cases/run_case.h"

namespace {

namespace fs = std::filesystem;
using namespace hy;
using namespace boost::unit_test;

std::string environment(const char* name, const char* fallback = nullptr) {
    const char* value = std::getenv(name);
    if (!value && !fallback) throw std::runtime_error(std::string(name) + " is not set: tests/run.sh cases sets it");
    return value ? value : fallback;
}

fs::path folder() { return fs::path(environment("HONGYAN_TEST_ROOT", HONGYAN_SOURCE_ROOT)) / "tests" / "cases"; }

std::unique_ptr<cases::World> world;
int steps_played = 0;

struct Scene {
    Scene() {
        // Above error: the faults that a case wants are no news.
        const auto silence = static_cast<hy::log::Level>(static_cast<int>(hy::log::Level::error) + 1);
        hy::log::configure("cases_tests", silence);
    }
    ~Scene() {
        world.reset();
        BOOST_TEST_MESSAGE(steps_played << " steps played");
    }
};

cases::World& the_world() {
    if (!world) world = std::make_unique<cases::World>(environment("HONGYAN_TEST_VAR") + "/etc/hongyan.conf");
    world->reset_settings();
    return *world;
}

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void play_file(const fs::path& path, const std::string& executor_name) {
    const auto file = cases::parse_case(read_file(path));
    auto& house = the_world();
    const auto executor = executor_name == "nginx" ? cases::nginx_executor(environment("HONGYAN_TEST_URL"))
                                                   : cases::pipeline_executor(house, "case " + random_hex32());
    const auto played = cases::play(file, executor_name, *executor, &house,
                                    {{"cases", folder().string()}, {"public_url", house.config.public_url}});
    steps_played += played.steps;
    for (const auto& fault : played.faults) BOOST_ERROR(path.filename().string() + " (" + executor_name + ") " + fault);
    BOOST_TEST(played.steps > 0);
}

bool concerns(const fs::path& path, const std::string& executor) {
    try {
        return cases::parse_case(read_file(path)).concerns(executor);
    } catch (const std::exception&) {
        return true;  // playing it tells what is wrong with it
    }
}

void register_file(test_suite& door, const fs::path& path) {
    auto* suite = BOOST_TEST_SUITE(path.stem().string());
    for (const std::string executor : {"pipeline", "nginx"})
        if (concerns(path, executor))
            suite->add(make_test_case([path, executor] { play_file(path, executor); }, executor, path.string(), 1));
    door.add(suite);
}

// Before main, as Boost's own macros do it.
const bool registered = [] {
    std::vector<fs::path> doors, files;
    for (const auto& entry : fs::directory_iterator(folder()))
        if (entry.is_directory()) doors.push_back(entry.path());
    std::sort(doors.begin(), doors.end());
    for (const auto& door : doors) {
        files.clear();
        for (const auto& entry : fs::directory_iterator(door))
            if (entry.path().extension() == ".case") files.push_back(entry.path());
        std::sort(files.begin(), files.end());
        auto* suite = BOOST_TEST_SUITE(door.filename().string());
        for (const auto& file : files) register_file(*suite, file);
        framework::master_test_suite().add(suite);
    }
    return true;
}();

}  // namespace

BOOST_TEST_GLOBAL_FIXTURE(Scene);
