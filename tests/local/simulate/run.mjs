// `make simulate`: asks an independent policy simulator (@cloud-copilot/iam-simulate) for each call of cases.json whether the guardrail, the
// lockdown and the boundary deny it. The tests of `crates/baseline` write that file and hold the same table against an evaluator of their own;
// where the two disagree, one of them is wrong.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

// Installed beside the other tools of this machine, not beside this file.
const require = createRequire(join(process.cwd(), process.argv[2], 'package.json'))
const { runSimulation } = require('@cloud-copilot/iam-simulate')

const here = dirname(fileURLToPath(import.meta.url))
const { account, policies, cases } = JSON.parse(readFileSync(join(here, 'cases.json'), 'utf8'))

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const byTheAccount = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }]
}
const named = (name, policy) => ({ name, policy })

function contextOf(call) {
  const context = {
    'aws:RequestedRegion': call.region,
    'aws:PrincipalArn': call.principal,
    // Everything of ours in the table has this tag.
    'aws:ResourceTag/tenantry:tenant': 't-1'
  }
  if (call.tagKeys.length > 0) {
    context['aws:TagKeys'] = call.tagKeys
  }
  if (call.targets?.length > 0) {
    context['events:TargetArn'] = call.targets
  }
  return context
}

function simulationOf(call) {
  const guarded = call.policy !== 'boundary'
  const unit = [named('FullAWSAccess', everything)]
  if (guarded) {
    unit.push(named(call.policy, policies[call.policy]))
  }
  return {
    request: {
      principal: call.principal,
      action: call.action,
      resource: { resource: call.resource, accountId: account },
      contextVariables: contextOf(call)
    },
    identityPolicies: [named('everything', everything)],
    serviceControlPolicies: [
      { orgIdentifier: 'r-1', policies: [named('FullAWSAccess', everything)] },
      { orgIdentifier: 'ou-1', policies: unit }
    ],
    resourceControlPolicies: [],
    // The policy of a key leaves it to the account's policies, as ours do.
    resourcePolicy: call.action.startsWith('kms:') ? byTheAccount : undefined,
    permissionBoundaryPolicies: guarded ? undefined : [named('boundary', policies.boundary)]
  }
}

function resultOf(answer) {
  if (answer.resultType === 'error') {
    return { unknown: JSON.stringify(answer.errors) }
  }
  return { denied: answer.overallResult !== 'Allowed' }
}

let agreed = 0
const unknown = new Map()
const differences = []
for (const call of cases) {
  const result = resultOf(await runSimulation(simulationOf(call), {}))
  if (result.unknown) {
    unknown.set(`${call.action} on ${call.resource}`, result.unknown)
  } else if (result.denied === call.denied) {
    agreed += 1
  } else {
    const said = result.denied ? 'denied' : 'allowed'
    differences.push(`${call.policy}: ${call.action} on ${call.resource} by ${call.principal}: the simulator says ${said}`)
  }
}

for (const [call, why] of unknown) {
  console.log(`not simulated: ${call}: ${why}`)
}
for (const difference of differences) {
  console.log(difference)
}
console.log(`${cases.length} calls: ${agreed} as expected, ${differences.length} otherwise, ${unknown.size} kinds not simulated`)
process.exitCode = differences.length > 0 || agreed === 0 ? 1 : 0
