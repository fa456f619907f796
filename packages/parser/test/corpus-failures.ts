/** A file of the development corpus that does not compile, and why. */
interface CorpusFailure {
  readonly file: string;
  readonly reason: string;
}

/** Files whose only errors are registry orbs that are not in the corpus. */
const missingOrbs = [
  "Automattic__newspack-plugin.yml",
  "CircleCI-Public__android-orb.yml",
  "CircleCI-Public__browser-tools-orb.yml",
  "CircleCI-Public__cd-config-examples.yml",
  "CircleCI-Public__cimg-node.yml",
  "CircleCI-Public__circleci-config.yml",
  "CircleCI-Public__circleci-yaml-language-server.yml",
  "CircleCI-Public__docker-orb.yml",
  "CircleCI-Public__go-orb.yml",
  "CircleCI-Public__jq-orb.yml",
  "CircleCI-Public__orb-tools-orb.yml",
  "CircleCI-Public__path-filtering-orb.yml",
  "CircleCI-Public__server-terraform.yml",
  "Financial-Times__dotcom-tool-kit.yml",
  "Financial-Times__next-metrics.yml",
  "RevenueCat__purchases-android.yml",
  "RevenueCat__purchases-flutter.yml",
  "RevenueCat__react-native-purchases.yml",
  "angular__dev-infra.yml",
  "apollographql__apollo-server.yml",
  "apollographql__router.yml",
  "artsy__force.yml",
  "artsy__reaction.yml",
  "babashka__babashka.yml",
  "circleci__circleci-docs.yml",
  "circleci__runner-init.yml",
  "citusdata__citus.yml",
  "clojure-emacs__cider.yml",
  "electron__forge.yml",
  "ethereum__eth-utils.yml",
  "ethereum__solidity.yml",
  "ethereum__web3.py.yml",
  "facebookresearch__hydra.yml",
  "filecoin-project__lotus.yml",
  "gruntwork-io__terragrunt.yml",
  "honeycombio__refinery.yml",
  "influxdata__influxdb.yml",
  "ipfs__kubo.yml",
  "launchdarkly__ld-relay.yml",
  "launchdarkly__ruby-server-sdk.yml",
  "mattermost__mattermost-mobile.yml",
  "membraneframework__membrane_core.yml",
  "ministryofjustice__hmpps-template-typescript.yml",
  "mozilla-services__autopush-rs.yml",
  "mozilla-services__syncstorage-rs.yml",
  "mozilla__experimenter.yml",
  "nrepl__nrepl.yml",
  "openscad__openscad.yml",
  "ory__kratos.yml",
  "pytorch__text.yml",
  "snyk__cli.yml",
  "tilt-dev__tilt.yml",
];

/** Every config of the development corpus that does not compile. The files themselves are not part of this repository. */
export const corpusFailures: readonly CorpusFailure[] = missingOrbs.map((file) => ({
  file,
  reason: "uses registry orbs that are not vendored",
}));
