// SPDX-License-Identifier: ISC
// What can be reported: codes of the schema with words for people.
import { t } from './i18n.js';

export const violations = () => [
  ['KILL', t('Killing or disappearance')],
  ['ATTACK', t('Physical attack')],
  ['THREAT', t('Threats and intimidation')],
  ['ARREST', t('Arrest, detention or charges')],
  ['SPYING', t('Surveillance')],
  ['MEETING', t('Meeting, march or speech blocked')],
  ['RAID', t('Union office raided or closed')],
  ['SEIZE', t('Union property or money taken')],
  ['LAW', t('Law that restricts unions')],
  ['REGISTER', t('Union registration refused')],
  ['DISSOLVE', t('Union dissolved or suspended')],
  ['EXCLUDE', t('Workers barred from joining a union')],
  ['MEDDLE', t('Interference in union affairs')],
  ['FAKEUNION', t('Employer-controlled union')],
  ['FIRED', t('Fired for union activity')],
  ['PENALISE', t('Punished at work for union activity')],
  ['BLACKLIST', t('Blacklisting')],
  ['REPS', t('Worker representatives blocked')],
  ['NOTALK', t('Refusal to recognise or bargain')],
  ['AGREEMENT', t('Agreement broken')],
  ['STRIKEBAN', t('Strike banned')],
  ['STRIKEFORCE', t('Strike broken by force or replacement')],
  ['STRIKEPUN', t('Punished for striking')],
  ['JUSTICE', t('Complaint ignored')],
  ['FORCED', t('Forced labour')],
  ['RECRUIT', t('Deceived or charged by a recruiter')],
  ['CHILD', t('Child labour')],
  ['DISCRIM', t('Discrimination or unequal pay')],
  ['HARASS', t('Violence or sexual harassment at work')],
  ['WAGES', t('Wages not paid')],
  ['HOURS', t('Too long hours or no rest')],
  ['SAFETY', t('Dangerous workplace')],
  ['DISMISS', t('Unfair dismissal')],
  ['RETALIATE', t('Punished for speaking up')],
  ['OTHER', t('Something else')],
];

/** Most people find theirs among these; the rest is one tap away. */
export const COMMON = ['FIRED', 'WAGES', 'ARREST', 'STRIKEFORCE', 'THREAT', 'ATTACK', 'SAFETY', 'HARASS',
  'FORCED', 'OTHER'];
